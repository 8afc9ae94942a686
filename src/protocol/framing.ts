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
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Bytes that make the next step possible: a header, or a header with its body. */
  #needed = headerLength;

  constructor(stream: Duplex, limit: number) {
    super();
    this.#stream = stream;
    this.limit = limit;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
      try {
        while (this.#buffered >= this.#needed) this.#step(callback);
      } catch (error) {
        this.#chunks = [];
        this.#buffered = 0;
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

  #step(callback: DataCallback): void {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#buffered);
    this.#chunks = [bytes];
    const jsonLength = bytes.readUInt32LE(4);
    if (this.#needed === headerLength) {
      if (bytes.readUInt32LE(0) !== frameMagic) throw new FramingError('not a frame of the control protocol');
      const length = jsonLength + bytes.readUInt32LE(8);
      if (length > this.limit)
        throw new FramingError(`a frame of ${length} bytes, more than the ${this.limit} allowed`);
      this.#needed = headerLength + length;
      return;
    }
    const message = readFrame(bytes.subarray(headerLength, this.#needed), jsonLength);
    const rest = bytes.subarray(this.#needed);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#buffered = rest.length;
    this.#needed = headerLength;
    callback(message);
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

function readFrame(body: Buffer, jsonLength: number): Message {
  const { message, attachments } = readEnvelope(body.toString('utf8', 0, jsonLength));
  if (attachments.length === 0 && body.length === jsonLength) return message;
  const slot = payloadSlot(message);
  if (slot === undefined) throw new FramingError('attachments without params or result');
  const payload = (message as Payload)[slot]!;
  let at = jsonLength;
  for (const [field, length] of attachments) {
    if (typeof field !== 'string' || !Number.isSafeInteger(length) || length < 0 || at + length > body.length)
      throw new FramingError('an attachment reaches beyond its frame');
    // A copy of its own: aligned, and exactly as long as the buffer under it, as `postMessage` needs it.
    Object.defineProperty(payload, field, {
      value: new Uint8Array(body.subarray(at, at + length)),
      enumerable: true,
      writable: true,
      configurable: true,
    });
    at += length;
  }
  if (at !== body.length) throw new FramingError('a frame longer than its content');
  return message;
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
