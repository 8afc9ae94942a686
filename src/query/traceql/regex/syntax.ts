/** Patterns in RE2's syntax as a tree. What a set of characters or an assertion means is in its function already. */
export type RegexNode =
  | { readonly type: 'characters'; readonly has: (codePoint: number) => boolean }
  /** Looks at the code points before and after a place; −1 where there is none. */
  | { readonly type: 'assertion'; readonly holds: (before: number, after: number) => boolean }
  | { readonly type: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly type: 'choice'; readonly items: readonly RegexNode[] }
  /** At most `most` times, which may be infinite. */
  | { readonly type: 'repeat'; readonly item: RegexNode; readonly least: number; readonly most: number };

/** The message says what is wrong with the pattern. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
}

type CharacterSet = (codePoint: number) => boolean;

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

const deepestGroup = 100;
/** RE2's own limit. */
const mostRepeats = 1000;
const newline = 10;

/** Reads a pattern. Throws a `RegexError`. Source of the syntax: https://github.com/google/re2/wiki/Syntax */
export function parseRegex(pattern: string): RegexNode {
  return new RegexParser(pattern).parse();
}

class RegexParser {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;
  #flags: Flags = { ignoreCase: false, multiline: false, dotAll: false };

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#pattern.length) throw new RegexError('there is a ) too many');
    return node;
  }

  #choice(): RegexNode {
    const items: RegexNode[] = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    return items.length === 1 ? items[0] : { type: 'choice', items };
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.#at < this.#pattern.length && !this.#sees('|') && !this.#sees(')')) {
      if (this.#take('\\Q')) {
        const quoted = this.#quoted();
        const last = quoted.pop();
        if (last !== undefined) items.push(...quoted, this.#repeated(last));
        continue;
      }
      const atom = this.#atom();
      if (atom !== undefined) items.push(this.#repeated(atom));
    }
    return { type: 'sequence', items };
  }

  #quoted(): RegexNode[] {
    const end = this.#pattern.indexOf('\\E', this.#at);
    const text = this.#pattern.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#pattern.length : end + 2;
    return Array.from(text, character => this.#characters(only(character.codePointAt(0)!)));
  }

  /** `undefined` for what only sets flags. */
  #atom(): RegexNode | undefined {
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return this.#characters(this.#bracket());
    const { dotAll, multiline } = this.#flags;
    if (this.#take('.')) return { type: 'characters', has: dotAll ? () => true : code => code !== newline };
    if (this.#take('^')) return assertion(before => before === -1 || (multiline && before === newline));
    if (this.#take('$')) return assertion((_, after) => after === -1 || (multiline && after === newline));
    const code = this.#pattern.codePointAt(this.#at)!;
    const character = String.fromCodePoint(code);
    if ('*+?'.includes(character)) throw new RegexError(`nothing to repeat before ${character}`);
    if (!this.#take('\\')) {
      this.#at += character.length;
      return this.#characters(only(code));
    }
    if (this.#take('A')) return assertion(before => before === -1);
    if (this.#take('z')) return assertion((_, after) => after === -1);
    if (this.#take('b')) return assertion((before, after) => isWord(before) !== isWord(after));
    if (this.#take('B')) return assertion((before, after) => isWord(before) === isWord(after));
    return this.#characters(this.#escaped().has);
  }

  #group(): RegexNode | undefined {
    const outer = this.#flags;
    if (this.#take('?')) {
      if (/^(?:[=!]|<[=!])/.test(this.#rest())) throw new RegexError('look-around is not supported');
      const named = /^P?<\w+>/.exec(this.#rest());
      const flags = /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(this.#rest());
      if (named !== null) this.#at += named[0].length;
      else if (flags === null) throw new RegexError(`(?${this.#rest().slice(0, 1)} is not supported`);
      else {
        const [all, on, off = '', end] = flags;
        this.#at += all.length;
        const set = (letter: string, before: boolean) =>
          !off.includes(letter) && (before || on.includes(letter));
        this.#flags = {
          ignoreCase: set('i', outer.ignoreCase),
          multiline: set('m', outer.multiline),
          dotAll: set('s', outer.dotAll),
        };
        // Until the end of the group that it stands in.
        if (end === ')') return undefined;
      }
    }
    if (++this.#depth > deepestGroup) throw new RegexError('groups are nested too deep');
    const node = this.#choice();
    if (!this.#take(')')) throw new RegexError('a ) is missing');
    this.#depth--;
    this.#flags = outer;
    return node;
  }

  #repeated(atom: RegexNode): RegexNode {
    let node = atom;
    for (let times = 0; ; times++) {
      const bounds = this.#bounds();
      if (bounds === undefined) return node;
      if (times > 0) throw new RegexError('a repetition is repeated');
      // Lazy or not is all the same to whether a text matches.
      this.#take('?');
      node = { type: 'repeat', item: node, ...bounds };
    }
  }

  #bounds(): { least: number; most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { least: 0, most: 1 };
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.#rest());
    // Other braces stand for themselves.
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const [, from, range, to] = counted;
    const least = Number(from);
    const most = range === undefined ? least : to === '' ? Number.POSITIVE_INFINITY : Number(to);
    if (least > mostRepeats || (most > mostRepeats && most !== Number.POSITIVE_INFINITY) || most < least)
      throw new RegexError(`bad repetition ${counted[0]}`);
    return { least, most };
  }

  /** `[…]`, after the bracket. */
  #bracket(): CharacterSet {
    const negated = this.#take('^');
    const sets: CharacterSet[] = [];
    for (let first = true; first || !this.#sees(']'); first = false) {
      if (this.#at >= this.#pattern.length) throw new RegexError('a ] is missing');
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.#rest());
      if (posix !== null) {
        const [all, not, name] = posix;
        const set = Object.hasOwn(posixClasses, name) ? posixClasses[name] : undefined;
        if (set === undefined) throw new RegexError(`there is no class ${all}`);
        this.#at += all.length;
        sets.push(not === '' ? set : without(set));
        continue;
      }
      const from = this.#bracketItem();
      if (from.code === undefined || !/^-[^\]]/.test(this.#rest())) {
        sets.push(from.has);
        continue;
      }
      this.#at++;
      const to = this.#bracketItem();
      if (to.code === undefined || to.code < from.code) throw new RegexError('bad range in […]');
      sets.push(between(from.code, to.code));
    }
    this.#at++;
    const any: CharacterSet = code => sets.some(has => has(code));
    // Negation comes after case folding: `[^a]` without regard to case has no `A`.
    const folded = this.#flags.ignoreCase ? folding(any) : any;
    return negated ? without(folded) : folded;
  }

  #bracketItem(): Escaped {
    if (this.#take('\\')) return this.#escaped();
    const code = this.#pattern.codePointAt(this.#at)!;
    this.#at += String.fromCodePoint(code).length;
    return { code, has: only(code) };
  }

  /** After the backslash. */
  #escaped(): Escaped {
    const letter = this.#pattern[this.#at];
    if (letter === undefined) throw new RegexError('a \\ at the end');
    const property = /^([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(this.#rest());
    if (property !== null) {
      const [all, p, not = '', long, short] = property;
      this.#at += all.length;
      const set = unicodeProperty(long ?? short);
      return { code: undefined, has: (p === 'P') !== (not === '^') ? without(set) : set };
    }
    const hex = /^x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(this.#rest());
    if (hex !== null) {
      this.#at += hex[0].length;
      const code = Number.parseInt(hex[1] ?? hex[2], 16);
      return { code, has: only(code) };
    }
    if (/[1-9k]/.test(letter)) throw new RegexError('back-references are not supported');
    this.#at++;
    if (Object.hasOwn(perlClasses, letter)) return { code: undefined, has: perlClasses[letter] };
    if (Object.hasOwn(controls, letter)) return { code: controls[letter], has: only(controls[letter]) };
    if (/[0-9A-Za-z]/.test(letter)) throw new RegexError(`\\${letter} is not supported`);
    const code = this.#pattern.codePointAt(this.#at - 1)!;
    this.#at += String.fromCodePoint(code).length - 1;
    return { code, has: only(code) };
  }

  #characters(has: CharacterSet): RegexNode {
    return { type: 'characters', has: this.#flags.ignoreCase ? folding(has) : has };
  }

  #rest(): string {
    return this.#pattern.slice(this.#at, this.#at + 64);
  }

  #sees(text: string): boolean {
    return this.#pattern.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    const sees = this.#sees(text);
    if (sees) this.#at += text.length;
    return sees;
  }
}

interface Escaped {
  /** Undefined for a set, which cannot begin or end a range. */
  readonly code: number | undefined;
  readonly has: CharacterSet;
}

function assertion(holds: (before: number, after: number) => boolean): RegexNode {
  return { type: 'assertion', holds };
}

function only(wanted: number): CharacterSet {
  return code => code === wanted;
}

function between(first: number, last: number): CharacterSet {
  return code => code >= first && code <= last;
}

function without(set: CharacterSet): CharacterSet {
  return code => !set(code);
}

function folding(set: CharacterSet): CharacterSet {
  return code => {
    if (set(code)) return true;
    const character = String.fromCodePoint(code);
    return set(character.toLowerCase().codePointAt(0)!) || set(character.toUpperCase().codePointAt(0)!);
  };
}

function matching(pattern: RegExp): CharacterSet {
  return code => code >= 0 && pattern.test(String.fromCodePoint(code));
}

/** `L`, `Lu`, `Greek`…: a general category or a script. */
function unicodeProperty(name: string): CharacterSet {
  for (const property of [name, `Script=${name}`]) {
    try {
      return matching(new RegExp(`^\\p{${property}}$`, 'u'));
    } catch {
      // Not a property of this kind.
    }
  }
  throw new RegexError(`there is no class \\p{${name}}`);
}

const isDigit = between(48, 57);
const isWord = matching(/^\w$/);
/** RE2's, which is narrower than JavaScript's. */
const isSpace = matching(/^[\t\n\f\r ]$/);

const perlClasses: { readonly [letter: string]: CharacterSet } = {
  d: isDigit,
  D: without(isDigit),
  w: isWord,
  W: without(isWord),
  s: isSpace,
  S: without(isSpace),
};

const controls: { readonly [letter: string]: number } = { a: 7, f: 12, t: 9, n: newline, r: 13, v: 11 };

const posixClasses: { readonly [name: string]: CharacterSet } = {
  alnum: matching(/^[0-9A-Za-z]$/),
  alpha: matching(/^[A-Za-z]$/),
  ascii: between(0, 127),
  blank: matching(/^[\t ]$/),
  cntrl: matching(/^[\0-\x1f\x7f]$/),
  digit: isDigit,
  graph: between(33, 126),
  lower: between(97, 122),
  print: between(32, 126),
  punct: matching(/^[!-/:-@[-`{-~]$/),
  space: matching(/^[\t\n\v\f\r ]$/),
  upper: between(65, 90),
  word: isWord,
  xdigit: matching(/^[0-9A-Fa-f]$/),
};
