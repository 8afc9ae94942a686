import { isUtf8 } from 'node:buffer';
import { DecodeError } from './protobuf/decodeError.ts';

const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Four bytes at a time: a word of each byte that matters in a text. */
const ones = 0x01010101;
const quotes = quote * ones;
const backslashes = backslash * ones;
const spaces = 0x20 * ones;
const highBits = 0x80808080 | 0;

/** Levels of what is left out. */
const mostLevels = 1000;
/** Larger copies are given back after the request. */
const keptBytes = 4 << 20;
/** Words are read a little beyond the end. */
const slack = 8;

const literals = ['true', 'false', 'null'].map(literal => Buffer.from(literal));
const escapes = new Map(Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }));

/**
 * Reads JSON value by value, in place, without making objects or strings. `at` is where the next value begins. It works on
 * a copy of the body, in which texts with escapes are replaced by what they mean. Every method throws a `DecodeError` for
 * what is no JSON. One for all bodies.
 */
export class JsonCursor {
  bytes: Buffer = Buffer.alloc(slack);
  at = 0;
  /** Where the bytes are of the text, name or literal that was read last. */
  from = 0;
  to = 0;
  #view = viewOf(this.bytes);
  #end = 0;

  start(body: Uint8Array): void {
    if (!isUtf8(body)) throw new DecodeError('not valid JSON: not in UTF-8', -1);
    this.#end = body.length;
    if (body.length + slack > this.bytes.length) this.#allocate(body.length + slack);
    this.bytes.set(body);
    // No JSON goes on with these.
    this.bytes.fill(0, body.length, body.length + slack);
    const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
    this.at = this.#afterSpace(hasMark ? 3 : 0);
  }

  /** Gives an unusually large copy back. */
  release(): void {
    if (this.bytes.length > keptBytes) this.#allocate(slack);
  }

  /** The first byte of the next value. */
  peek(): number {
    return this.bytes[this.at];
  }

  /** Nothing follows but space. */
  finish(): void {
    if (this.#afterSpace(this.at) < this.#end) throw this.#error('something follows');
  }

  /** Enters a list; true at its first element. What is no list is left out. */
  firstElement(): boolean {
    if (this.peek() !== openBracket) {
      this.skip();
      return false;
    }
    this.at = this.#afterSpace(this.at + 1);
    if (this.peek() !== closeBracket) return true;
    this.at++;
    return false;
  }

  /** Whether there is another element; leaves the list if not. */
  nextElement(): boolean {
    this.at = this.#afterSpace(this.at);
    const first = this.peek();
    if (first !== comma && first !== closeBracket) throw this.#error('expected , or ]');
    this.at = first === comma ? this.#afterSpace(this.at + 1) : this.at + 1;
    return first === comma;
  }

  /** Enters an object; true at the value of its first field, whose name was read. What is no object is left out. */
  firstField(): boolean {
    if (this.peek() !== openBrace) {
      this.skip();
      return false;
    }
    this.at = this.#afterSpace(this.at + 1);
    if (this.peek() !== closeBrace) return this.#name();
    this.at++;
    return false;
  }

  nextField(): boolean {
    this.at = this.#afterSpace(this.at);
    const first = this.peek();
    if (first === comma) {
      this.at = this.#afterSpace(this.at + 1);
      return this.#name();
    }
    if (first !== closeBrace) throw this.#error('expected , or }');
    this.at++;
    return false;
  }

  /** A text; numbers and truth values as they are written. Nothing for all else. */
  text(): void {
    const first = this.peek();
    if (first === quote) {
      this.#string();
      return;
    }
    if (isDigit(first)) {
      this.#number();
      return;
    }
    const isOther = first === openBrace || first === openBracket || first === 0x6e;
    this.skip();
    if (isOther) this.to = this.from;
  }

  /** Leaves out a value, however deep. */
  skip(): void {
    const value = this.peek();
    if (value === quote) this.#string();
    else if (isDigit(value) || value === minus) this.#number();
    else if (value === openBrace || value === openBracket) this.#skipDeep();
    else this.#literal();
  }

  #skipDeep(): void {
    // Of each level that was entered: whether it is an object.
    const levels: boolean[] = [];
    do {
      const first = this.peek();
      let isEntered = false;
      if (first === openBrace || first === openBracket) {
        if (levels.length === mostLevels) throw this.#error('nested too deeply');
        isEntered = first === openBrace ? this.firstField() : this.firstElement();
        if (isEntered) levels.push(first === openBrace);
      } else this.skip();
      while (!isEntered && levels.length > 0) {
        isEntered = levels[levels.length - 1] ? this.nextField() : this.nextElement();
        if (!isEntered) levels.pop();
      }
    } while (levels.length > 0);
  }

  #name(): boolean {
    this.#string();
    let { at } = this;
    if (this.bytes[at] !== colon) {
      at = this.#afterSpace(at);
      if (this.bytes[at] !== colon) {
        this.at = at;
        throw this.#error('expected :');
      }
    }
    this.at = this.#afterSpace(at + 1);
    return true;
  }

  #string(): void {
    const view = this.#view;
    let { at } = this;
    if (this.bytes[at] !== quote) throw this.#error('expected a text');
    this.from = ++at;
    for (;;) {
      const word = view.getInt32(at, true);
      // The lowest bit set is that of the first quote, backslash or control character.
      const special =
        (((word ^ quotes) - ones) | ((word ^ backslashes) - ones) | (word - spaces)) & ~word & highBits;
      if (special === 0) {
        at += 4;
        continue;
      }
      at += (31 - Math.clz32(special & -special)) >>> 3;
      const code = this.bytes[at];
      if (code === quote) {
        this.to = at;
        this.at = at + 1;
        return;
      }
      this.at = at;
      if (code !== backslash) throw this.#error(at >= this.#end ? 'cut off' : 'control character in a text');
      this.#escaped();
      return;
    }
  }

  /** The rest of a text from its first backslash on; what is meant is never longer than how it is written. */
  #escaped(): void {
    const { bytes } = this;
    let { at } = this;
    let to = at;
    for (let code = bytes[at]; code !== quote; code = bytes[at]) {
      this.at = at;
      if (code < 0x20) throw this.#error(at >= this.#end ? 'cut off' : 'control character in a text');
      if (code !== backslash) {
        bytes[to++] = code;
        at++;
        continue;
      }
      const letter = String.fromCharCode(bytes[at + 1]);
      if (letter === 'u') {
        const [character, after] = this.#unicode(at + 2);
        to += bytes.write(character, to);
        at = after;
        continue;
      }
      const meant = escapes.get(letter) ?? ('"\\/'.includes(letter) ? letter : undefined);
      if (meant === undefined) throw this.#error('unknown escape');
      bytes[to++] = meant.charCodeAt(0);
      at += 2;
    }
    this.to = to;
    this.at = at + 1;
  }

  /** The character whose digits begin at `at`, which may be two units, and the offset after it; U+FFFD for half of one. */
  #unicode(at: number): [string, number] {
    const unit = this.#codeUnit(at);
    if (unit < 0xd800 || unit > 0xdfff) return [String.fromCharCode(unit), at + 4];
    const isPair = unit < 0xdc00 && this.bytes[at + 4] === backslash && this.bytes[at + 5] === 0x75;
    const second = isPair ? this.#codeUnit(at + 6) : 0;
    if (second < 0xdc00 || second > 0xdfff) return ['\ufffd', at + 4];
    return [String.fromCharCode(unit, second), at + 10];
  }

  #codeUnit(at: number): number {
    const digits = this.bytes.toString('latin1', at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error('unknown escape');
    return Number.parseInt(digits, 16);
  }

  #number(): void {
    const { bytes, at } = this;
    let to = at;
    while (isDigit(bytes[to])) to++;
    const isWhole = to > at && !isOfNumber(bytes[to]);
    while (isDigit(bytes[to]) || isOfNumber(bytes[to])) to++;
    this.#take(to);
    if (isWhole) return;
    if (Number.isNaN(Number(bytes.toString('latin1', at, to)))) throw this.#error('no number');
  }

  #literal(): void {
    const { bytes, at } = this;
    const literal = literals.find(each => each.every((byte, i) => bytes[at + i] === byte));
    if (literal === undefined) throw this.#error(at >= this.#end ? 'cut off' : 'expected a value');
    this.#take(at + literal.length);
  }

  #take(to: number): void {
    this.from = this.at;
    this.to = to;
    this.at = to;
  }

  #afterSpace(from: number): number {
    const { bytes } = this;
    let at = from;
    for (let code = bytes[at]; code === 0x20 || (code <= 0x0d && isSpace(code)); code = bytes[at]) at++;
    return at;
  }

  #allocate(length: number): void {
    this.bytes = Buffer.allocUnsafeSlow(length);
    this.#view = viewOf(this.bytes);
  }

  #error(message: string): DecodeError {
    return new DecodeError(`not valid JSON: ${message}`, this.at);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** `.`, `e`, `E`, `+` and `-`. */
function isOfNumber(code: number): boolean {
  return code === 0x2e || (code | 0x20) === 0x65 || code === 0x2b || code === 0x2d;
}

function isSpace(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x09;
}
