/** Without an upper bound a quantifier takes at most so many more than its least. */
const reach = 64;
/** Ways in which a match can go at one position: more could take seconds on a text made for it. */
const maxWays = 10_000;
const maxDepth = 16;

/**
 * A regular expression from outside, rewritten so that it cannot take long: quantifiers are bounded, and what could
 * still branch too often is refused.
 * @returns the expression, or what is wrong, as the rest of a sentence about it
 */
export function boundedPattern(pattern: string): RegExp | string {
  try {
    new RegExp(pattern, 'u');
  } catch {
    return 'is no regular expression';
  }
  if (pattern.length > 1_000) return 'is longer than 1,000 characters';
  try {
    const { source, ways } = new Bounder(pattern).read();
    return ways > maxWays ? 'can branch too often; bound its repetitions' : new RegExp(source, 'gu');
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

interface Bounded {
  readonly source: string;
  readonly ways: number;
}

/** Reads alternatives of sequences of quantified atoms; what it is given is known to be a valid expression. */
class Bounder {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  read(depth = 0): Bounded {
    if (depth > maxDepth) throw new RangeError('has groups that are nested too deep');
    let source = '';
    let total = 0;
    let ways = 1;
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ')') {
      if (this.#pattern[this.#at] === '|') {
        this.#at++;
        total += ways;
        ways = 1;
        source += '|';
        continue;
      }
      const item = this.#quantified(this.#atom(depth));
      source += item.source;
      ways = Math.min(ways * item.ways, Number.MAX_SAFE_INTEGER);
    }
    return { source, ways: total + ways };
  }

  #atom(depth: number): Bounded {
    const rest = this.#pattern.slice(this.#at);
    if (rest[0] === '(') {
      const open = /^\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/.exec(rest)?.[0] ?? '(';
      this.#at += open.length;
      const inner = this.read(depth + 1);
      this.#at++;
      return { source: `${open}${inner.source})`, ways: inner.ways };
    }
    if (/^\\(?:[1-9]|k<)/.test(rest)) throw new RangeError('refers back to a group');
    const atom =
      /^(?:\\(?:u\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|[pP]\{[^}]*\}|.)|\[(?:[^\]\\]|\\.)*\]|.)/su.exec(
        rest,
      )?.[0] ?? rest[0];
    this.#at += atom.length;
    return { source: atom, ways: 1 };
  }

  #quantified({ source, ways }: Bounded): Bounded {
    const written = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(this.#pattern.slice(this.#at));
    if (written === null) return { source, ways };
    this.#at += written[0].length;
    const [least, most] = bounds(written);
    let sum = 0;
    for (let count = least; count <= most && sum <= maxWays; count++) sum += ways ** count;
    const lazy = written[0].length > 1 && written[0].endsWith('?') ? '?' : '';
    return { source: `${source}{${least},${most}}${lazy}`, ways: Math.max(sum, 1) };
  }
}

function bounds([text, least, comma, most]: RegExpExecArray): [number, number] {
  if (text[0] === '*') return [0, reach];
  if (text[0] === '+') return [1, reach + 1];
  if (text[0] === '?') return [0, 1];
  const from = Number(least);
  if (from > 1_000) throw new RangeError('repeats something more than 1,000 times');
  if (comma === '') return [from, from];
  return [from, most === '' ? from + reach : Math.min(Number(most), from + 1_000)];
}
