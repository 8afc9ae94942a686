import type { AttributeWriter } from '../otlp/attributeWriter.ts';
import { wireType } from '../protobuf/wire.ts';

/** Words of a reference: trace id, span id, and 1 if it is one to what the span follows from. */
const size = 7;
const linkTag = 0x6a;
const link = { traceId: 1, spanId: 2, attributes: 4 } as const;
/** `KeyValue`s: the kind of the reference. */
const childOf = keyValue('opentracing.ref_type', 'child_of');
const followsFrom = keyValue('opentracing.ref_type', 'follows_from');
const idBytes = Buffer.alloc(16);

/** The references of a span: to its parent and to others. */
export class References {
  /** The reference being read: words of its ids as in columns, and its kind. */
  readonly next = new Int32Array(size);
  #words = new Int32Array(4 * size);
  #count = 0;

  clear(): void {
    this.#count = 0;
  }

  beginNext(): void {
    this.next.fill(0);
  }

  /** The reference is read. */
  take(): void {
    const at = this.#count++ * size;
    if (at === this.#words.length) {
      const wider = new Int32Array(2 * at);
      wider.set(this.#words);
      this.#words = wider;
    }
    this.#words.set(this.next, at);
  }

  /** Sets the parent in `id`, if it has none: the first span of its trace that it is a child of, else that it follows from. */
  chooseParent(id: Int32Array): void {
    if ((id[6] | id[7]) !== 0) return;
    const words = this.#words;
    for (let at = 0; at < this.#count * size; at += size) {
      if (!this.#isInTrace(at, id) || (words[at + 4] | words[at + 5]) === 0) continue;
      const isFirst = (id[6] | id[7]) === 0;
      if (!isFirst && words[at + 6] !== 0) continue;
      id[6] = words[at + 4];
      id[7] = words[at + 5];
      if (words[at + 6] === 0) return;
    }
  }

  /** Writes all that are not to the parent. */
  writeLinks(writer: AttributeWriter, id: Int32Array): void {
    const words = this.#words;
    for (let at = 0; at < this.#count * size; at += size) {
      const hasParent = (id[6] | id[7]) !== 0;
      const isParent = hasParent && words[at + 4] === id[6] && words[at + 5] === id[7];
      if (isParent && this.#isInTrace(at, id)) continue;
      writer.tag(linkTag >>> 3, wireType.bytes);
      const start = writer.begin();
      writeId(writer, link.traceId, words, at, 4);
      writeId(writer, link.spanId, words, at + 4, 2);
      writer.tag(link.attributes, wireType.bytes);
      writer.bytes(words[at + 6] === 0 ? childOf : followsFrom);
      writer.end(start);
    }
  }

  #isInTrace(at: number, id: Int32Array): boolean {
    for (let word = 0; word < 4; word++) if (this.#words[at + word] !== id[word]) return false;
    return true;
  }
}

function writeId(writer: AttributeWriter, field: number, words: Int32Array, at: number, count: 2 | 4): void {
  for (let word = 0; word < count; word++) idBytes.writeInt32LE(words[at + word], 4 * word);
  writer.tag(field, wireType.bytes);
  writer.copy(idBytes, 0, 4 * count);
}

function keyValue(key: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.of(0x0a, key.length),
    Buffer.from(key),
    Buffer.of(0x12, value.length + 2, 0x0a, value.length),
    Buffer.from(value),
  ]);
}
