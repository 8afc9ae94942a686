import { DecodeError } from '../protobuf/decodeError.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON as old tracers send it (v0.3, v0.4) → the same in MessagePack, so that one reader serves both. Throws a
 * `DecodeError`.
 */
export function messagePackOf(json: Uint8Array): Uint8Array {
  if (json.length === 0) return json;
  let value: unknown;
  try {
    // Ids go beyond what JSON.parse keeps exactly. A text cannot hold these quotes, they are escaped there.
    const text = utf8.decode(json).replace(longNumber, '$1"$2"');
    value = JSON.parse(text);
  } catch (error) {
    throw new DecodeError(`not valid JSON: ${(error as Error).message}`, -1);
  }
  const writer = new MessagePackWriter();
  writer.value(value, 0, '');
  return writer.finish();
}

const longNumber = /("(?:trace_id|span_id|parent_id|start|duration)"\s*:\s*)(-?\d{16,20})(?=\s*[,}])/g;
const numericFields = new Set(['trace_id', 'span_id', 'parent_id', 'start', 'duration']);
const deepest = 64;

class MessagePackWriter {
  #buffer = Buffer.allocUnsafe(1024);
  #at = 0;

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  /** @param key under which the value stands in its object */
  value(value: unknown, depth: number, key: string): void {
    if (depth > deepest) throw new DecodeError(`nested deeper than ${deepest} levels`, -1);
    if (typeof value === 'string') {
      if (numericFields.has(key) && /^-?\d{1,20}$/.test(value)) this.#integer(BigInt(value));
      else this.#string(value);
    } else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'boolean') this.#byte(value ? 0xc3 : 0xc2);
    else if (Array.isArray(value)) {
      this.#header(0xdd, value.length);
      for (const element of value) this.value(element, depth + 1, '');
    } else if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value);
      this.#header(0xdf, entries.length);
      for (const [name, content] of entries) {
        this.#string(name);
        this.value(content, depth + 1, name);
      }
    } else this.#byte(0xc0);
  }

  #string(text: string): void {
    const length = Buffer.byteLength(text);
    this.#header(0xdb, length);
    this.#reserve(length);
    this.#at += this.#buffer.write(text, this.#at);
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value)) {
      this.#integer(BigInt(value));
      return;
    }
    this.#byte(0xcb);
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleBE(value, this.#at);
  }

  #integer(value: bigint): void {
    this.#byte(value < 0n ? 0xd3 : 0xcf);
    this.#reserve(8);
    this.#at = this.#buffer.writeBigUInt64BE(BigInt.asUintN(64, value), this.#at);
  }

  #header(first: number, length: number): void {
    this.#byte(first);
    this.#reserve(4);
    this.#at = this.#buffer.writeUInt32BE(length, this.#at);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const buffer = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    buffer.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = buffer;
  }
}
