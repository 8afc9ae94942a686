import { isUtf8 } from 'node:buffer';
import { mostItems } from '../protobuf/wire.ts';
import { type FieldPlan, fieldAt, type MessagePlan, planOf, written } from './jsonPlan.ts';
import { JsonScalars, unusual } from './jsonScalars.ts';
import { toBytes, toDouble, Unrepresentable } from './jsonValues.ts';
import { depthLimit } from './readMessage.ts';
import type { MessageSchema } from './schema.ts';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Each level of an attribute value takes four messages at most, and a few are around the outermost one. */
const mostFrames = 4 * depthLimit + 16;

/** Four bytes each of `{"key":"` and `,"value":{"`. */
const wordBraceKe = 0x656b227b;
const wordYColon = 0x223a2279;
const wordCommaVa = 0x6176222c;
const wordLue = 0x2265756c;
const wordColonBrace = 0x227b3a22;

const plans = new Map<MessageSchema, MessagePlan>();

/**
 * OTLP/JSON → protobuf in one pass over its bytes: the same bytes as from `writeMessage` after `JSON.parse`, without an
 * object or a string in between, but that bare integers beyond 2^53 stay exact. Undefined for what senders rarely send,
 * be it valid or not: then the slower way has to be gone. `mostBrackets`: how many objects and lists the body may hold.
 */
export function transcodeJson(
  schema: MessageSchema,
  body: Uint8Array,
  mostBrackets: number,
): Uint8Array | undefined {
  if (!isUtf8(body)) return undefined;
  try {
    return transcoder.transcode(planOf(schema, plans), body, mostBrackets);
  } catch (error) {
    if (error === unusual || error instanceof Unrepresentable) return undefined;
    throw error;
  } finally {
    transcoder.finish();
  }
}

class JsonTranscoder extends JsonScalars {
  // The messages around the one being read.
  readonly #plans: MessagePlan[] = [];
  readonly #seen = new Int32Array(mostFrames);
  readonly #starts = new Int32Array(mostFrames);
  /** Of the list that the message is in, how many elements there were; 0 outside of lists. */
  readonly #counts = new Int32Array(mostFrames);

  /** How many `#attributes` wrote. */
  #attributesWritten = 0;

  transcode(root: MessagePlan, body: Uint8Array, mostBrackets: number): Uint8Array {
    this.begin(body);
    const { bytes, view, out, end } = this;
    let at = this.afterSpace(0);
    if (bytes[at++] !== openBrace) throw unusual;
    let plan = root;
    let seen = 0;
    /** Where the content of the message begins. */
    let start = 0;
    let count = 0;
    let frame = 0;
    let depth = 0;
    let brackets = 1;
    /** The next thing is the first field. */
    let opening = true;
    for (;;) {
      let code = bytes[at];
      if (code <= 0x20) code = bytes[(at = this.afterSpace(at))];
      if (code === closeBrace) {
        at++;
        if (frame === 0) break;
        this.#endMessage(start, plan.lengthBytes);
        if (count > 0) {
          at = this.afterSpace(at);
          if (bytes[at] === comma) {
            at = this.afterSpace(at + 1);
            if (bytes[at++] !== openBrace || ++count > mostItems || ++brackets > mostBrackets) throw unusual;
            start = this.#beginAgain(start, plan.lengthBytes);
            seen = 0;
            opening = true;
            continue;
          }
          if (bytes[at++] !== closeBracket) throw unusual;
        }
        if (plan.isAnyValue) depth--;
        frame--;
        plan = this.#plans[frame];
        seen = this.#seen[frame];
        start = this.#starts[frame];
        count = this.#counts[frame];
        opening = false;
        continue;
      }
      if (!opening) {
        if (code !== comma) throw unusual;
        at = this.afterSpace(at + 1);
        code = bytes[at];
      }
      opening = false;
      if (code !== quote || at + 5 > end) throw unusual;
      at++;
      const field = fieldAt(plan, view, at);
      if (field === undefined) {
        at = this.#skipUnknown(at - 1);
        continue;
      }
      // Of a name given twice, `JSON.parse` keeps the last value.
      if ((seen & field.bit) !== 0) throw unusual;
      seen |= field.bit;
      at = this.#afterColon(at + field.nameLength + 1);
      if (bytes[at] === 0x6e) {
        at = this.afterLiteral(at);
        continue;
      }
      if (field.message === undefined) {
        at = this.#scalar(field, at);
        continue;
      }
      let nextCount = 0;
      if (field.repeated) {
        if (bytes[at] !== openBracket || ++brackets > mostBrackets) throw unusual;
        at = this.afterSpace(at + 1);
        if (bytes[at] === closeBracket) {
          at++;
          continue;
        }
        nextCount = 1;
        if (field.message.attributeValue !== undefined && depth < depthLimit) {
          at = this.#attributes(field.tag, field.message.attributeValue, at);
          nextCount += this.#attributesWritten;
          brackets += 2 * this.#attributesWritten;
          if (nextCount > mostItems || brackets > mostBrackets) throw unusual;
          if (bytes[at] === closeBracket) {
            at++;
            continue;
          }
        }
      }
      if (bytes[at++] !== openBrace || ++brackets > mostBrackets) throw unusual;
      this.#plans[frame] = plan;
      this.#seen[frame] = seen;
      this.#starts[frame] = start;
      this.#counts[frame] = count;
      frame++;
      plan = field.message;
      if (plan.isAnyValue && ++depth > depthLimit) throw unusual;
      seen = 0;
      count = nextCount;
      out[this.to++] = field.tag;
      start = this.to += plan.lengthBytes;
      opening = true;
    }
    if (this.afterSpace(at) !== end) throw unusual;
    return out.subarray(0, this.to);
  }

  finish(): void {
    this.release();
    this.#plans.length = 0;
  }

  /**
   * Writes the attributes from `from` on that are in the form of `#attribute`. Gives the offset of the bracket after the
   * list, or of the first attribute in another form.
   */
  #attributes(tag: number, values: MessagePlan, from: number): number {
    this.#attributesWritten = 0;
    for (let at = from; ; ) {
      const before = this.to;
      const after = this.#attribute(tag, values, at);
      if (after === 0) {
        this.to = before;
        return at;
      }
      this.#attributesWritten++;
      at = this.afterSpace(after);
      if (this.bytes[at] === closeBracket) return at;
      if (this.bytes[at] !== comma) throw unusual;
      at = this.afterSpace(at + 1);
      if (this.bytes[at] !== openBrace) throw unusual;
    }
  }

  /**
   * Writes an attribute as most senders write most of them, `{"key":"…","value":{"stringValue":"…"}}` without white
   * space: they are the better part of a request. Gives the offset after it, 0 if it has another form.
   */
  #attribute(tag: number, values: MessagePlan, from: number): number {
    const { bytes, view, out, end, to } = this;
    if (
      from + 8 > end ||
      view.getInt32(from, true) !== wordBraceKe ||
      view.getInt32(from + 4, true) !== wordYColon
    )
      return 0;
    this.to = to + 4;
    let at = this.text(from + 7);
    const keyLength = this.to - to - 4;
    if (
      keyLength === 0 ||
      keyLength > 127 ||
      at + 16 > end ||
      view.getInt32(at, true) !== wordCommaVa ||
      view.getInt32(at + 4, true) !== wordLue ||
      view.getInt32(at + 7, true) !== wordColonBrace
    )
      return 0;
    at += 11;
    const field = fieldAt(values, view, at);
    if (field === undefined || field.message !== undefined) return 0;
    at += field.nameLength + 1;
    if (bytes[at] !== colon || bytes[at + 1] <= 0x20 || bytes[at + 1] === 0x6e) return 0;
    out[to] = tag;
    out[to + 2] = 0x0a;
    out[to + 3] = keyLength;
    out[this.to] = 0x12;
    const start = (this.to += 2);
    at = this.#scalar(field, at + 1);
    if (bytes[at] !== closeBrace || bytes[at + 1] !== closeBrace) return 0;
    this.#endMessage(start, 1);
    this.#endMessage(to + 2, 1);
    return at + 2;
  }

  /** The list goes on: another message with the tag of the one that ended, which began at `start`. */
  #beginAgain(start: number, lengthBytes: number): number {
    const { out } = this;
    out[this.to++] = out[start - lengthBytes - 1];
    return (this.to += lengthBytes);
  }

  /** Puts in the length of what began at `start`, where `room` bytes are left for it. */
  #endMessage(start: number, room: number): void {
    const { out, to } = this;
    const length = to - start;
    const needed = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 4;
    if (needed !== room) {
      out.copyWithin(start - room + needed, start, to);
      this.to = to - room + needed;
    }
    this.putVarint(start - room, length);
  }

  #afterColon(from: number): number {
    let at = from;
    if (this.bytes[at] !== colon && this.bytes[(at = this.afterSpace(at))] !== colon) throw unusual;
    return this.bytes[++at] <= 0x20 ? this.afterSpace(at) : at;
  }

  /** The offset after the field whose name begins at `from`: nobody knows it, but it must be JSON. */
  #skipUnknown(from: number): number {
    const { to } = this;
    let at = this.text(from);
    // With escapes in it, it may be a name that is known.
    if (at - from - 2 !== this.to - to) throw unusual;
    at = this.#afterColon(at);
    const code = this.bytes[at];
    if (code === quote) at = this.text(at);
    else if (code === 0x6e || code === 0x74 || code === 0x66) at = this.afterLiteral(at);
    else at = this.double(at);
    this.to = to;
    return at;
  }

  /** Writes the value at `from`; gives the offset after it. */
  #scalar(plan: FieldPlan, from: number): number {
    const { out } = this;
    const before = this.to;
    let to = before;
    out[to++] = plan.tag;
    if (plan.tag > 0xff) out[to++] = plan.tag >>> 8;
    let at: number;
    switch (plan.as) {
      case written.text: {
        this.to = to + 1;
        at = this.text(from);
        this.#endMessage(to + 1, 1);
        if (out[to] === 0 && !plan.presence) this.to = before;
        return at;
      }
      case written.traceId:
      case written.spanId: {
        const length = plan.as === written.traceId ? 16 : 8;
        out[to++] = length;
        this.to = to;
        at = this.hex(from, length);
        if (this.to === to) this.to = before;
        return at;
      }
      case written.bool:
        at = this.afterLiteral(from);
        if (this.bytes[from] === 0x74) out[to++] = 1;
        else if (plan.presence) out[to++] = 0;
        else to = before;
        this.to = to;
        return at;
      case written.double: {
        this.to = to;
        at = this.bytes[from] === quote ? this.plainText(from) : this.double(from);
        const number = this.bytes[from] === quote ? toDouble(plan.field, this.plain) : this.number;
        this.outView.setFloat64(to, number, true);
        this.to = number === 0 && !Object.is(number, -0) && !plan.presence ? before : to + 8;
        return at;
      }
      case written.bytes: {
        this.to = to;
        at = this.plainText(from);
        const content = toBytes(plan.field, this.plain);
        to = this.putVarint(to, content.length);
        out.set(content, to);
        this.to = to + content.length;
        return at;
      }
      default:
        at = this.integer(from, plan.as === written.signed64);
        this.to = this.#integer(plan, before, to);
        return at;
    }
  }

  /** Writes the integer last read at `to`; gives the offset after it, or `before` if there is no need to write it. */
  #integer(plan: FieldPlan, before: number, to: number): number {
    const { outView, low, high } = this;
    if (low === 0 && high === 0 && !plan.presence) return before;
    switch (plan.as) {
      case written.fixed64:
        outView.setInt32(to, low, true);
        outView.setInt32(to + 4, high, true);
        return to + 8;
      case written.signed64:
        return this.putVarint64(to);
      case written.fixed32:
        if (high !== 0) throw unusual;
        outView.setInt32(to, low, true);
        return to + 4;
      case written.varint32:
        if (high !== 0 || (plan.field.type === 'enum' && low > 0x7fff_ffff)) throw unusual;
        return this.putVarint(to, low);
      default:
        throw unusual;
    }
  }
}

/** One for all bodies: V8 forgets the optimized code of a class when a collection finds no object of it. */
const transcoder = new JsonTranscoder();
