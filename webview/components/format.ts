/** Fills `{0}`, `{1}`… of a translated text. */
export function fill(text: string, ...values: (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (placeholder, index) => String(values[Number(index)] ?? placeholder));
}

/** A received name, or what stands for one that says nothing. */
export function nameOr(noName: string, name: string): string {
  return name.trim() === '' ? noName : name;
}

/** Numbers and dates in the user's language. */
export class Formats {
  readonly #number: Intl.NumberFormat;
  readonly #time: Intl.DateTimeFormat;

  constructor(locale: string) {
    this.#number = new Intl.NumberFormat(locale);
    this.#time = new Intl.DateTimeFormat(locale, {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      // With `hour12: false` the hour after midnight is the 24th.
      hourCycle: 'h23',
    });
  }

  count(value: number): string {
    return this.#number.format(value);
  }

  /** Local time of day with all nine digits of the nanosecond: `07/31/2026, 14:05:09.123456789`. */
  instant(unixNano: string): string {
    const nanos = BigInt(unixNano);
    const seconds = this.#time.format(new Date(Number(nanos / 1_000_000n)));
    return `${seconds}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`;
  }
}
