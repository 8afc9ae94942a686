import { byteSize, byteSizeForms } from '../base/byteSize.ts';
import { durationAt } from '../query/traceql/parse/literals.ts';
import { CommandError } from './command.ts';

/** A whole number of at least `least` from an option. */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw new CommandError(`--${option} must be a whole number of at least ${least}, not '${text}'`);
  return value;
}

/** At least `least` bytes, from `512000000`, `512MB`, `512 MiB` or `0.5GB`. */
export function bytes(option: string, text: string, least: number): number {
  const value = byteSize(text, 1);
  if (value === undefined)
    throw new CommandError(`--${option} must be a number of bytes, or as ${byteSizeForms}, not '${text}'`);
  if (value < least)
    throw new CommandError(
      `--${option} must be at least ${least} bytes, not ${value}; units are written as in ${byteSizeForms}`,
    );
  return value;
}

/** A port, or `undefined` for `off`. */
export function port(option: string, text: string): number | undefined {
  if (text === 'off') return undefined;
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65535)
    throw new CommandError(`--${option} must be a port (0 for any free one) or off, not '${text}'`);
  return value;
}

/**
 * RFC 3339, or seconds since 1970 with up to nine decimals → nanoseconds since 1970. A time without an offset is of this
 * place, as those that are printed.
 */
export function instant(option: string, text: string): string {
  const seconds = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (seconds !== null) return nanosecondsOf(BigInt(seconds[1]), seconds[2]);
  const date = /^(\d{4}-\d{2}-(\d{2}))[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})?$/.exec(
    text,
  );
  const [, day, dayOfMonth, clock, fraction, offset = ''] = date ?? [];
  const milliseconds = Date.parse(`${day}T${clock}${offset}`.toUpperCase());
  // The 30th of February would be the 2nd of March.
  const isDay = new Date(`${day}T00:00:00Z`).getUTCDate() === Number(dayOfMonth);
  if (Number.isNaN(milliseconds) || !isDay)
    throw new CommandError(
      `--${option} must be a time like 2026-01-31T14:05:00Z (RFC 3339) or Unix seconds, not '${text}'`,
    );
  return nanosecondsOf(BigInt(milliseconds / 1000), fraction);
}

/** `30s`, `1m30s`, `500ms`, or seconds → nanoseconds. */
export function timeSpan(option: string, text: string): string {
  const seconds = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) * 1e9 : undefined;
  const duration = durationAt(text, 0);
  const value = seconds ?? (duration?.end === text.length ? duration.value : 0);
  if (!(value >= 1)) throw new CommandError(`--${option} must be a duration like 30s or 1m, not '${text}'`);
  return Math.round(value).toFixed(0);
}

function nanosecondsOf(seconds: bigint, fraction = ''): string {
  return `${seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))}`;
}

/** One of the words that an option takes. */
export function oneOf<const T extends string>(option: string, text: string, words: readonly T[]): T {
  const word = words.find(each => each === text);
  if (word === undefined)
    throw new CommandError(`--${option} must be one of ${words.join(', ')}, not '${text}'`);
  return word;
}

/** `authorization=COLLECTOR_TOKEN`: a value on the command line could be read by every process of the machine. */
export function secretHeader(option: string, text: string): [string, string] {
  const [, name, variable] = /^([^=]+)=([A-Za-z_]\w*)$/.exec(text) ?? [];
  if (name === undefined || variable === undefined)
    throw new CommandError(`--${option}: must be <name>=<environment variable>`);
  const value = process.env[variable];
  if (value === undefined) throw new CommandError(`--${option} ${name}: ${variable} is not set`);
  return [name, value];
}
