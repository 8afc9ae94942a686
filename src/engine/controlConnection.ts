import type { Socket } from 'node:net';
import {
  type CancellationToken,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { type Disposable, Emitter } from '../base/events.ts';
import {
  type ControlNotifications,
  type ControlRequests,
  controlErrors,
  type HandshakeRequests,
} from '../protocol/control.ts';
import { FrameReader, FrameWriter } from '../protocol/framing.ts';
import { isSameProof, proofOf, randomSecret, versionConflict } from './handshake.ts';
import type { Log } from './log.ts';
import { introduction } from './version.ts';

/** An answer for every request. What is thrown becomes the error answer; a `ResponseError` keeps its code and data. */
export type ControlAnswers = {
  readonly [K in keyof ControlRequests]: (
    params: ControlRequests[K][0],
    cancellation: CancellationToken,
  ) => ControlRequests[K][1] | Promise<ControlRequests[K][1]>;
};

/** A hello and its proof are a few hundred bytes. */
const longestUnproved = 16_384;
const longestRequest = 0x4000_0000;
const handshakeMs = 5000;
/** A client that reads slower than it is told is told less: what waits for it must not fill the memory. */
const congestedBytes = 4_000_000;

/**
 * The engine's end of one connection. Until the client has proved that it knows the token, nothing but the handshake
 * is answered; anything else closes the connection.
 */
export class ControlServerConnection implements Disposable {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #connection: MessageConnection;
  readonly #token: string;
  readonly #log: Log;
  readonly #accept: (connection: ControlServerConnection) => ControlAnswers;
  readonly #closed = new Emitter<void>();
  readonly #patience: NodeJS.Timeout;
  #expectedProof: string | undefined;
  /** Why the client and this engine do not understand each other. */
  #conflict: string | undefined;
  #answers: ControlAnswers | undefined;
  #open = true;

  readonly onDidClose = this.#closed.event;

  /** `accept` is called once the client is known, and gives what answers it. */
  constructor(
    socket: Socket,
    token: string,
    log: Log,
    accept: (connection: ControlServerConnection) => ControlAnswers,
  ) {
    this.#socket = socket;
    this.#token = token;
    this.#log = log;
    this.#accept = accept;
    this.#reader = new FrameReader(socket, longestUnproved);
    this.#connection = createMessageConnection(this.#reader, new FrameWriter(socket));
    this.#patience = setTimeout(() => this.#refuse('no handshake within 5 s'), handshakeMs);
    this.#connection.onError(([error]) => {
      // A client that leaves does not wait for what was on its way to it.
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET')
        this.#log.write(`control connection: ${error.message}`);
    });
    this.#connection.onClose(() => this.dispose());
    this.#connection.onRequest((method, params, cancellation) => this.#answer(method, params, cancellation));
    this.#connection.onNotification(method => {
      if (this.#answers === undefined) this.#refuse(`${method} before the handshake`);
    });
    this.#connection.listen();
  }

  /** Whether so much waits to be read by the client that notifications had better wait. */
  get congested(): boolean {
    return this.#socket.writableLength > congestedBytes;
  }

  notify<K extends keyof ControlNotifications>(name: K, params: ControlNotifications[K]): void {
    if (!this.#open || this.#answers === undefined) return;
    // A failed write ends the connection, which is where it is noticed.
    this.#connection.sendNotification(name, params).catch(() => {});
  }

  dispose(): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#patience);
    this.#connection.dispose();
    this.#socket.destroySoon();
    this.#closed.fire();
  }

  async #answer(method: string, params: unknown, cancellation: CancellationToken): Promise<unknown> {
    if (this.#answers === undefined) return this.#shakeHands(method, params);
    if (this.#conflict !== undefined && method !== 'engine/handOver')
      throw this.#refuse(this.#conflict, controlErrors.wrongVersion);
    if (!Object.hasOwn(this.#answers, method))
      throw new ResponseError(ErrorCodes.MethodNotFound, `unknown request ${method}`);
    const answer = this.#answers[method as keyof ControlRequests] as (
      params: unknown,
      cancellation: CancellationToken,
    ) => unknown;
    try {
      return await answer(params ?? {}, cancellation);
    } catch (error) {
      if (!(error instanceof ResponseError))
        this.#log.write(
          `${method} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
        );
      throw error;
    }
  }

  #shakeHands(method: string, params: unknown): unknown {
    if (method === 'hello' && this.#expectedProof === undefined)
      return this.#hello(params as HandshakeRequests['hello'][0]);
    if (method === 'prove' && this.#expectedProof !== undefined)
      return this.#prove(params as HandshakeRequests['prove'][0]);
    throw this.#refuse(`${method} before the handshake`);
  }

  #hello(client: HandshakeRequests['hello'][0]): HandshakeRequests['hello'][1] {
    if (typeof client?.nonce !== 'string') throw this.#refuse('hello without a nonce');
    this.#conflict = versionConflict(introduction, client, 'client');
    const nonce = randomSecret();
    this.#expectedProof = proofOf(this.#token, 'client', client.nonce, nonce);
    return { ...introduction, nonce, proof: proofOf(this.#token, 'engine', client.nonce, nonce) };
  }

  #prove({ proof }: HandshakeRequests['prove'][0]): HandshakeRequests['prove'][1] {
    if (!isSameProof(this.#expectedProof!, proof)) throw this.#refuse('the client does not know the token');
    clearTimeout(this.#patience);
    this.#reader.limit = longestRequest;
    this.#answers = this.#accept(this);
    return {};
  }

  /** Ends the connection after the error answer that it returns was written. */
  #refuse(reason: string, code: number = controlErrors.refused): ResponseError<void> {
    this.#log.write(`control connection refused: ${reason}`);
    setImmediate(() => this.dispose());
    return new ResponseError(code, reason);
  }
}
