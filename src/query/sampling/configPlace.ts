/** A sampling configuration that cannot be understood, or not be followed; the message names the place. */
export class SamplingConfigError extends Error {
  override readonly name = 'SamplingConfigError';
  /** One of these is to be chosen. */
  readonly pipelines: readonly string[];

  constructor(message: string, pipelines: readonly string[] = []) {
    super(message);
    this.pipelines = pipelines;
  }
}

/** A place in a configuration. Reads what is expected there, or throws a `SamplingConfigError` that says what stands there instead. */
export class ConfigPlace {
  readonly #value: unknown;
  /** `processors.tail_sampling.policies[2]`; empty for the whole. */
  readonly path: string;

  constructor(value: unknown, path = '') {
    this.#value = value;
    this.path = path;
  }

  /** Nothing stands here, not even an empty value. */
  get isAbsent(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  get isMap(): boolean {
    return typeof this.#value === 'object' && this.#value !== null && !Array.isArray(this.#value);
  }

  get isList(): boolean {
    return Array.isArray(this.#value);
  }

  /** What stands under a key; absent if this is no map. */
  at(key: string): ConfigPlace {
    const map = this.isMap ? (this.#value as { [key: string]: unknown }) : {};
    return new ConfigPlace(
      Object.hasOwn(map, key) ? map[key] : undefined,
      this.path === '' ? key : `${this.path}.${key}`,
    );
  }

  keys(): string[] {
    if (this.isAbsent) return [];
    if (!this.isMap) this.#fail('a map');
    return Object.keys(this.#value as object);
  }

  items(): ConfigPlace[] {
    if (!Array.isArray(this.#value)) this.#fail('a list');
    return (this.#value as unknown[]).map((item, at) => new ConfigPlace(item, `${this.path}[${at}]`));
  }

  text(): string {
    if (typeof this.#value !== 'string') this.#fail('text');
    return this.#value as string;
  }

  texts(): string[] {
    return this.isAbsent ? [] : this.items().map(item => item.text());
  }

  number(least = Number.NEGATIVE_INFINITY): number {
    // The collector's YAML takes `100_000` for a number.
    const isSpaced = typeof this.#value === 'string' && /^\d[\d_]*$/.test(this.#value);
    const value = isSpaced ? Number(String(this.#value).replaceAll('_', '')) : this.#value;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least)
      this.#fail(least === Number.NEGATIVE_INFINITY ? 'a number' : `a number of at least ${least}`);
    return value as number;
  }

  flag(): boolean {
    if (typeof this.#value !== 'boolean') this.#fail('true or false');
    return this.#value as boolean;
  }

  /** Throws for a key that is none of these: a setting that is misspelt would be a setting that is not previewed. */
  only(...known: string[]): void {
    for (const key of this.keys())
      if (!known.includes(key))
        throw new SamplingConfigError(
          `${this.at(key).path} is not a setting that is known here (${known.join(', ')} are)`,
        );
  }

  refuse(reason: string): never {
    throw new SamplingConfigError(this.path === '' ? reason : `${this.path}: ${reason}`);
  }

  #fail(expected: string): never {
    const value = this.#value;
    const found = this.isAbsent
      ? 'is missing'
      : typeof value === 'object'
        ? `is a ${Array.isArray(value) ? 'list' : 'map'}`
        : `is ${JSON.stringify(value).slice(0, 60)}`;
    return this.refuse(`${expected} is expected, which ${found}`);
  }
}
