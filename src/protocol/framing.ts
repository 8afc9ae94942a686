/**
 * JSON-RPC messages on a byte stream, for `vscode-jsonrpc`, with binary fields beside the JSON.
 *
 * A frame is a header of three little-endian 32-bit words (`frameMagic`, length of the JSON, length of all
 * attachments), the JSON `{"message": …, "attachments": [[field, length], …]}`, and the attachments one after the
 * other. An attachment is a field of type `Uint8Array` directly inside `params` or `result`; it is left out of the
 * JSON and named in `attachments`, so that no received text can pass for one.
 */
import type { Duplex } from 'node:stream';
import type { DataCallback, Disposable, Message, MessageReader, MessageWriter } from 'vscode-jsonrpc/node';
import { AbstractMessageReader, AbstractMessageWriter, ErrorCodes } from 'vscode-jsonrpc/node';

/** "SPN1" */
const frameMagic = 0x314e5053;
const headerLength = 12;

interface Envelope {
  readonly message: Message;
  readonly attachments: readonly (readonly [field: string, length: number])[];
}

/** The bytes on the stream are not what this protocol says; the stream is closed. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/**
 * Reads frames. What is not a frame, or is longer than `limit`, is reported through `onError` as a `FramingError`,
 * and the stream is destroyed: after a wrong length there is no way to find the next frame.
 */
export class FrameReader extends AbstractMessageReader implements MessageReader {
  /** Longest frame accepted, in bytes. Small until the other end has proved who it is. */
  limit: number;
  readonly #stream: Duplex;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  /** Bytes that make the next step possible: a header, or a header with its JSON. */
  #needed = headerLength;
  /** The message whose attachments are arriving. */
  #arriving: ArrivingMessage | undefined;

  constructor(stream: Duplex, limit: number) {
    super();
    this.#stream = stream;
    this.limit = limit;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (chunk: Uint8Array) => {
      try {
        this.#take(chunk, callback);
      } catch (error) {
        this.#chunks = [];
        this.#buffered = 0;
        this.#arriving = undefined;
        this.fireError(error);
        this.#stream.destroy();
      }
    };
    const onError = (error: Error) => this.fireError(error);
    const onClose = () => this.fireClose();
    this.#stream.on('data', onData).on('error', onError).on('close', onClose);
    return {
      dispose: () => void this.#stream.off('data', onData).off('error', onError).off('close', onClose),
    };
  }

  #take(chunk: Uint8Array, callback: DataCallback): void {
    let rest = chunk;
    for (;;) {
      if (this.#arriving !== undefined) {
        rest = this.#arriving.take(rest);
        if (!this.#arriving.isComplete) return;
        const { message } = this.#arriving;
        this.#arriving = undefined;
        callback(message);
      }
      this.#chunks.push(rest);
      this.#buffered += rest.length;
      if (this.#buffered < this.#needed) return;
      rest = this.#step();
    }
  }

  /** Reads a header or a header with its JSON; gives the bytes that are to be looked at next. */
  #step(): Uint8Array {
    const bytes = Buffer.concat(this.#chunks, this.#buffered);
    this.#chunks = [];
    this.#buffered = 0;
    const jsonLength = bytes.readUInt32LE(4);
    const attached = bytes.readUInt32LE(8);
    if (this.#needed === headerLength) {
      if (bytes.readUInt32LE(0) !== frameMagic) throw new FramingError('not a frame of the control protocol');
      const length = jsonLength + attached;
      if (length > this.limit)
        throw new FramingError(`a frame of ${length} bytes, more than the ${this.limit} allowed`);
      this.#needed = headerLength + jsonLength;
      return bytes;
    }
    this.#arriving = new ArrivingMessage(bytes.toString('utf8', headerLength, this.#needed), attached);
    const rest = bytes.subarray(this.#needed);
    this.#needed = headerLength;
    return rest;
  }
}

/** A message whose attachments go to their places as they arrive: a large one is not copied at once. */
class ArrivingMessage {
  readonly message: Message;
  readonly #attachments: Uint8Array[];
  /** Of the attachment that is arriving: its number, and how much of it is there. */
  #index = 0;
  #filled = 0;

  /** @param attached bytes of all attachments */
  constructor(json: string, attached: number) {
    const { message, attachments } = readEnvelope(json);
    this.message = message;
    let beyond = attached;
    for (const [field, length] of attachments) {
      beyond -= length;
      if (typeof field !== 'string' || !Number.isSafeInteger(length) || length < 0 || beyond < 0)
        throw new FramingError('an attachment reaches beyond its frame');
    }
    if (beyond !== 0) throw new FramingError('a frame longer than its content');
    // Of its own, aligned, and exactly as long as the buffer under it, as `postMessage` needs it.
    this.#attachments = attachments.map(([, length]) => new Uint8Array(length));
    const slot = payloadSlot(message);
    if (attachments.length > 0 && slot === undefined)
      throw new FramingError('attachments without params or result');
    attachments.forEach(([field], index) => {
      Object.defineProperty((message as Payload)[slot!]!, field, {
        value: this.#attachments[index],
        enumerable: true,
        writable: true,
        configurable: true,
      });
    });
    this.#skipFull();
  }

  get isComplete(): boolean {
    return this.#index === this.#attachments.length;
  }

  /** Gives what does not belong to it. */
  take(bytes: Uint8Array): Uint8Array {
    let at = 0;
    while (at < bytes.length && !this.isComplete) {
      const target = this.#attachments[this.#index];
      const part = bytes.subarray(at, at + target.length - this.#filled);
      target.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      this.#skipFull();
    }
    return bytes.subarray(at);
  }

  #skipFull(): void {
    while (!this.isComplete && this.#filled === this.#attachments[this.#index].length) {
      this.#index++;
      this.#filled = 0;
    }
  }
}

/** Writes frames in the order of the calls of `write`. */
export class FrameWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    super();
    this.#stream = stream;
    stream.on('error', error => this.fireError(error)).on('close', () => this.fireClose());
  }

  /** Resolves when the bytes were handed to the system. */
  write(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      const parts = writeFrameOrError(message);
      this.#stream.cork();
      for (const part of parts.slice(0, -1)) this.#stream.write(part);
      this.#stream.write(parts.at(-1), error => (error ? reject(error) : resolve()));
      this.#stream.uncork();
    });
  }

  end(): void {
    this.#stream.end();
  }
}

/** An answer that cannot be written (longer than a string can be) becomes an error answer: somebody waits for it. */
function writeFrameOrError(message: Message): Uint8Array[] {
  try {
    return writeFrame(message);
  } catch (error) {
    const { id, result } = message as Message & { id?: number; result?: unknown };
    if (result === undefined) throw error;
    const text = `the answer cannot be sent: ${error instanceof Error ? error.message : error}`;
    return writeFrame({
      jsonrpc: '2.0',
      id,
      error: { code: ErrorCodes.InternalError, message: text },
    } as Message);
  }
}

/** The parts of a frame, to be written one after the other. */
export function writeFrame(message: Message): Uint8Array[] {
  const attachments: [string, Uint8Array][] = [];
  const json = JSON.stringify({
    message: withoutBytes(message, attachments),
    attachments: attachments.map(([field, bytes]) => [field, bytes.length]),
  });
  const jsonLength = Buffer.byteLength(json);
  const attached = attachments.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  const head = Buffer.allocUnsafe(headerLength + jsonLength);
  head.writeUInt32LE(frameMagic, 0);
  head.writeUInt32LE(jsonLength, 4);
  head.writeUInt32LE(attached, 8);
  head.write(json, headerLength);
  return [head, ...attachments.map(([, bytes]) => bytes)];
}

function withoutBytes(message: Message, attachments: [string, Uint8Array][]): Message {
  const slot = payloadSlot(message);
  if (slot === undefined) return message;
  const payload = (message as Payload)[slot]!;
  const rest: Fields = {};
  for (const [field, value] of Object.entries(payload)) {
    if (value instanceof Uint8Array) attachments.push([field, value]);
    else rest[field] = value;
  }
  return attachments.length === 0 ? message : ({ ...message, [slot]: rest } as Message);
}

function readEnvelope(json: string): Envelope {
  let envelope: Partial<Envelope> | null;
  try {
    envelope = JSON.parse(json);
  } catch {
    throw new FramingError('a frame that is not JSON');
  }
  const message = envelope?.message as (Message & { readonly jsonrpc?: unknown }) | undefined;
  if (message === null || typeof message !== 'object' || message.jsonrpc !== '2.0')
    throw new FramingError('a frame without a JSON-RPC message');
  if (!Array.isArray(envelope?.attachments) || !envelope.attachments.every(Array.isArray))
    throw new FramingError('a frame without its list of attachments');
  return { message, attachments: envelope.attachments as unknown as Envelope['attachments'] };
}

type Fields = { [field: string]: unknown };
type Payload = Message & { params?: Fields; result?: Fields };

/** Which field of a message carries its content, if that is an object. */
function payloadSlot(message: Message): 'params' | 'result' | undefined {
  const { params, result } = message as Payload;
  if (isFields(params)) return 'params';
  return isFields(result) ? 'result' : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
