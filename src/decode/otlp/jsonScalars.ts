/** Thrown at JSON that is left to the slower way, be it only rare or invalid. No `Error`: nobody sees it. */
export const unusual = Symbol('unusual JSON');

const quote = 0x22;
const minus = 0x2d;
const backslash = 0x5c;
const zero = 0x30;

/** Four bytes at a time: a word of each byte that matters in a text. */
const ones = 0x01010101;
const quotes = quote * ones;
const backslashes = backslash * ones;
const spaces = 0x20 * ones;
const highBits = 0x80808080 | 0;

const wordNull = 0x6c6c756e;
const wordTrue = 0x65757274;
const wordFals = 0x736c6166;

/** By code of a hex digit, its value; −1 for all else. */
const hexValues = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  hexValues[digit.toString(16).charCodeAt(0)] = digit;
  hexValues[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** By the letter after the backslash, the byte; 0 for all else. */
const escapes = new Uint8Array(256);
for (const [letter, byte] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}))
  escapes[letter.charCodeAt(0)] = byte.charCodeAt(0);

/** Powers of ten that are exact as doubles. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

const nothing: Buffer = Buffer.alloc(0);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads the scalars of a JSON text in valid UTF-8, and writes what needs no look at the whole first. Methods take the
 * offset of the value, give the offset after it, and throw `unusual`.
 */
export class JsonScalars {
  protected bytes = nothing;
  protected view = viewOf(nothing);
  protected end = 0;
  protected out = nothing;
  protected outView = viewOf(nothing);
  /** The offset in `out` up to which it is written. */
  protected to = 0;
  /** What `integer` read, in two's complement. */
  protected low = 0;
  protected high = 0;
  /** What `double` read. */
  protected number = 0;
  /** What `plainText` read. */
  protected plain = '';

  protected begin(body: Uint8Array): void {
    this.bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.view = viewOf(this.bytes);
    this.end = body.length;
    // What is written is never ahead of what is read: the name of a field is longer than its tag and length, braces and
    // comma of an element are as long. Words are written a little beyond.
    this.out = Buffer.allocUnsafeSlow(body.length + 16);
    this.outView = viewOf(this.out);
    this.to = 0;
  }

  /** Lets go of the body and of what was written. */
  protected release(): void {
    this.bytes = nothing;
    this.view = viewOf(nothing);
    this.out = nothing;
    this.outView = viewOf(nothing);
    this.plain = '';
  }

  protected afterSpace(from: number): number {
    const { bytes } = this;
    let at = from;
    for (let code = bytes[at]; code === 0x20 || (code <= 0x0d && isSpace(code)); code = bytes[at]) at++;
    return at;
  }

  /** `null`, `true` or `false`. */
  protected afterLiteral(at: number): number {
    if (at + 5 > this.end) throw unusual;
    const word = this.view.getInt32(at, true);
    if (word === wordNull || word === wordTrue) return at + 4;
    if (word !== wordFals || this.bytes[at + 4] !== 0x65) throw unusual;
    return at + 5;
  }

  /** Appends a text, without a length. */
  protected text(from: number): number {
    const { bytes, view, outView } = this;
    const last = this.end - 4;
    if (bytes[from] !== quote) throw unusual;
    let at = from + 1;
    let to = this.to;
    for (;;) {
      // A request never ends with a text.
      if (at > last) throw unusual;
      const word = view.getInt32(at, true);
      outView.setInt32(to, word, true);
      // The lowest bit set is that of the first quote, backslash or control character.
      const special =
        (((word ^ quotes) - ones) | ((word ^ backslashes) - ones) | (word - spaces)) & ~word & highBits;
      if (special === 0) {
        at += 4;
        to += 4;
        continue;
      }
      const before = (31 - Math.clz32(special & -special)) >>> 3;
      at += before;
      to += before;
      const code = bytes[at];
      if (code === quote) {
        this.to = to;
        return at + 1;
      }
      if (code !== backslash) throw unusual;
      this.to = to;
      at = this.#escape(at + 1);
      to = this.to;
    }
  }

  /** Appends what is escaped, from after its backslash. */
  #escape(at: number): number {
    const { bytes } = this;
    if (bytes[at] !== 0x75) {
      const byte = escapes[bytes[at]];
      if (!(byte > 0)) throw unusual;
      this.out[this.to++] = byte;
      return at + 1;
    }
    const unit = this.#codeUnit(at + 1);
    if (unit >= 0xd800 && unit < 0xdc00 && bytes[at + 5] === backslash && bytes[at + 6] === 0x75) {
      const second = this.#codeUnit(at + 7);
      if (second >= 0xdc00 && second < 0xe000) {
        this.#character(0x1_0000 + ((unit - 0xd800) << 10) + (second - 0xdc00));
        return at + 11;
      }
    }
    this.#character(unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
    return at + 5;
  }

  #codeUnit(at: number): number {
    if (at + 4 > this.end) throw unusual;
    const { bytes } = this;
    const unit =
      (hexValues[bytes[at]] << 12) |
      (hexValues[bytes[at + 1]] << 8) |
      (hexValues[bytes[at + 2]] << 4) |
      hexValues[bytes[at + 3]];
    if (unit < 0) throw unusual;
    return unit;
  }

  #character(code: number): void {
    const { out } = this;
    if (code < 0x80) {
      out[this.to++] = code;
      return;
    }
    if (code < 0x800) {
      out[this.to++] = 0xc0 | (code >>> 6);
    } else {
      if (code < 0x1_0000) {
        out[this.to++] = 0xe0 | (code >>> 12);
      } else {
        out[this.to++] = 0xf0 | (code >>> 18);
        out[this.to++] = 0x80 | ((code >>> 12) & 0x3f);
      }
      out[this.to++] = 0x80 | ((code >>> 6) & 0x3f);
    }
    out[this.to++] = 0x80 | (code & 0x3f);
  }

  /** Sets `plain` to a text without escapes. */
  protected plainText(from: number): number {
    const { to } = this;
    const at = this.text(from);
    if (this.to - to !== at - from - 2) throw unusual;
    this.plain = this.out.toString('utf8', to, this.to);
    this.to = to;
    return at;
  }

  /** Appends the bytes of an id in hex; nothing for an empty text. */
  protected hex(from: number, length: number): number {
    const { bytes, out } = this;
    let at = from + 1;
    if (bytes[from] !== quote) throw unusual;
    if (bytes[at] === quote) return at + 1;
    if (bytes[at + 2 * length] !== quote) throw unusual;
    let all = 0;
    for (let to = this.to, last = to + length; to < last; to++, at += 2) {
      const byte = (hexValues[bytes[at]] << 4) | hexValues[bytes[at + 1]];
      all |= byte;
      out[to] = byte;
    }
    if (all < 0) throw unusual;
    this.to += length;
    return at + 1;
  }

  /** Sets `low` and `high` to an integer of 64 bits, in quotes or not, exactly. */
  protected integer(from: number, signed: boolean): number {
    const { bytes } = this;
    let at = from;
    const quoted = bytes[at] === quote;
    if (quoted) at++;
    const negative = bytes[at] === minus;
    if (negative) at++;
    const first = at;
    while (isDigit(bytes[at])) at++;
    const digits = at - first;
    if (digits === 0 || digits > 20 || (!quoted && bytes[first] === zero && digits > 1)) throw unusual;
    const afterBillions = Math.max(first, at - 9);
    const afterTop = Math.max(first, at - 18);
    const billions = wholeOf(bytes, first, afterTop) * 1e9 + wholeOf(bytes, afterTop, afterBillions);
    const units = wholeOf(bytes, afterBillions, at);
    checkRange(billions, units, signed, negative);
    this.#setWords(billions, units);
    if (negative) {
      this.low = -this.low >>> 0;
      this.high = (~this.high + (this.low === 0 ? 1 : 0)) >>> 0;
    }
    if (!quoted) return at;
    if (bytes[at] !== quote) throw unusual;
    return at + 1;
  }

  /** billions × 10⁹ + units, in parts that are exact in a double. */
  #setWords(billions: number, units: number): void {
    const top = Math.floor(billions / 0x1_0000);
    const upper = top * 1e9;
    const carried = Math.floor(upper / 0x1_0000);
    const sum = (upper - carried * 0x1_0000) * 0x1_0000 + (billions - top * 0x1_0000) * 1e9 + units;
    const overflow = Math.floor(sum / 0x1_0000_0000);
    this.low = sum - overflow * 0x1_0000_0000;
    this.high = carried + overflow;
  }

  /** Sets `number` to a JSON number. */
  protected double(from: number): number {
    const { bytes } = this;
    let at = from;
    const negative = bytes[at] === minus;
    if (negative) at++;
    const first = at;
    let mantissa = 0;
    for (; isDigit(bytes[at]); at++) mantissa = mantissa * 10 + (bytes[at] - zero);
    let digits = at - first;
    if (digits === 0 || (bytes[first] === zero && digits > 1)) throw unusual;
    let fraction = 0;
    if (bytes[at] === 0x2e) {
      const point = at++;
      for (; isDigit(bytes[at]); at++) mantissa = mantissa * 10 + (bytes[at] - zero);
      fraction = at - point - 1;
      digits += fraction;
      if (fraction === 0) throw unusual;
    }
    const exponent = (bytes[at] | 0x20) === 0x65;
    if (exponent) {
      at++;
      if (bytes[at] === 0x2b || bytes[at] === minus) at++;
      if (!isDigit(bytes[at])) throw unusual;
      while (isDigit(bytes[at])) at++;
    }
    // A quotient of two exact numbers is rounded once, as it should be.
    if (exponent || digits > 15) this.number = Number(bytes.toString('latin1', from, at));
    else this.number = (negative ? -mantissa : mantissa) / powersOfTen[fraction];
    return at;
  }

  /** Writes a number below 2^32 at `to`; gives the offset after it. */
  protected putVarint(to: number, value: number): number {
    const { out } = this;
    let at = to;
    let rest = value;
    for (; rest > 127; rest >>>= 7) out[at++] = (rest & 127) | 128;
    out[at++] = rest;
    return at;
  }

  /** Writes `low` and `high` at `to`; gives the offset after them. */
  protected putVarint64(to: number): number {
    let { low, high } = this;
    let at = to;
    for (; high !== 0; high >>>= 7) {
      this.out[at++] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
    }
    return this.putVarint(at, low);
  }
}

function isSpace(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x09;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Up to nine digits as an integer of 32 bits, which multiplies faster than a double. */
function wholeOf(bytes: Uint8Array, from: number, to: number): number {
  let whole = 0;
  for (let at = from; at < to; at++) whole = (Math.imul(whole, 10) + (bytes[at] - zero)) | 0;
  return whole;
}

function checkRange(billions: number, units: number, signed: boolean, negative: boolean): void {
  if (negative && !signed && (billions > 0 || units > 0)) throw unusual;
  const mostBillions = signed ? 9_223_372_036 : 18_446_744_073;
  if (billions < mostBillions) return;
  const mostUnits = signed ? 854_775_807 + (negative ? 1 : 0) : 709_551_615;
  if (billions > mostBillions || units > mostUnits) throw unusual;
}
