import { createConnection, type Socket } from 'node:net';
import {
  CancellationTokenSource,
  ConnectionError,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { type Disposable, Emitter } from '../base/events.ts';
import type {
  ControlNotifications,
  ControlRequests,
  HandshakeRequests,
  Introduction,
} from '../protocol/control.ts';
import { FrameReader, FrameWriter } from '../protocol/framing.ts';
import type { ControlEndpoint } from './discovery.ts';
import { isSameProof, proofOf, randomSecret, versionConflict } from './handshake.ts';
import { introduction } from './version.ts';

/** Longest answer a client takes: the longest string V8 can make is a little shorter. */
const longestAnswer = 0x4000_0000;
const handshakeMs = 5000;

/** The engine answered a request with an error; `code` is one of `controlErrors` or of JSON-RPC. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** There is no engine, or it went away before it answered. */
export class EngineLostError extends Error {
  override readonly name = 'EngineLostError';
}

/** Whoever listens there does not know the token: not the engine that was looked for. */
export class UnprovedEngineError extends Error {
  override readonly name = 'UnprovedEngineError';
}

/** The engine and this process are of versions that do not understand each other. */
export class VersionConflictError extends Error {
  override readonly name = 'VersionConflictError';
  readonly engine: Introduction;

  constructor(message: string, engine: Introduction) {
    super(message);
    this.engine = engine;
  }
}

/** One connection to an engine, proved by both ends. It ends when the engine goes away, or by `dispose`. */
export class ControlClient implements Disposable {
  /** Who is at the other end. */
  readonly engine: Introduction;
  readonly #connection: MessageConnection;
  readonly #socket: Socket;
  readonly #closed = new Emitter<void>();
  #open = true;

  /** Fires once, when the connection has ended, whoever ended it. */
  readonly onDidClose = this.#closed.event;

  private constructor(engine: Introduction, connection: MessageConnection, socket: Socket) {
    this.engine = engine;
    this.#connection = connection;
    this.#socket = socket;
    connection.onClose(() => this.#end());
  }

  /**
   * Connects and does the handshake. Throws `EngineLostError` if nobody listens there, `ControlError` if the engine
   * refuses, `UnprovedEngineError` if the other end does not know the token, and `VersionConflictError` unless
   * `anyVersion` will do, because no more than `engine/handOver` is going to be asked.
   */
  static async connect(
    { address, token }: ControlEndpoint,
    { anyVersion = false } = {},
  ): Promise<ControlClient> {
    const socket = await openSocket(address);
    const reader = new FrameReader(socket, longestAnswer);
    const connection = createMessageConnection(reader, new FrameWriter(socket));
    // Errors of the stream end it, and the end is what is acted on.
    connection.onError(() => {});
    connection.listen();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      socket.destroy();
    }, handshakeMs);
    try {
      const engine = await untilClosed(connection, shakeHands(connection, token));
      const conflict = anyVersion ? undefined : versionConflict(introduction, engine, 'engine');
      if (conflict !== undefined) throw new VersionConflictError(conflict, engine);
      return new ControlClient(engine, connection, socket);
    } catch (error) {
      connection.dispose();
      socket.destroy();
      throw isLate ? new EngineLostError('the engine does not answer') : asControlError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks; rejects with `ControlError`, or with `EngineLostError` if the connection ends first. */
  async request<K extends keyof ControlRequests>(
    name: K,
    params: ControlRequests[K][0],
    signal?: AbortSignal,
  ): Promise<ControlRequests[K][1]> {
    signal?.throwIfAborted();
    if (!this.#open) throw new EngineLostError('the engine went away');
    const cancellation = new CancellationTokenSource();
    const cancel = () => cancellation.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#connection.sendRequest<ControlRequests[K][1]>(name, params, cancellation.token);
    } catch (error) {
      signal?.throwIfAborted();
      throw asControlError(error);
    } finally {
      signal?.removeEventListener('abort', cancel);
      cancellation.dispose();
    }
  }

  onNotification<K extends keyof ControlNotifications>(
    name: K,
    listener: (params: ControlNotifications[K]) => void,
  ): Disposable {
    return this.#connection.onNotification(name, listener);
  }

  dispose(): void {
    this.#end();
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#connection.dispose();
    this.#socket.destroy();
    this.#closed.fire();
  }
}

function openSocket(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(address);
    socket.once('error', error => reject(new EngineLostError(`no engine at ${address}: ${error.message}`)));
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

async function shakeHands(connection: MessageConnection, token: string): Promise<Introduction> {
  const ask = <K extends keyof HandshakeRequests>(name: K, params: HandshakeRequests[K][0]) =>
    connection.sendRequest<HandshakeRequests[K][1]>(name, params);
  const nonce = randomSecret();
  const { nonce: engineNonce, proof, ...engine } = await ask('hello', { ...introduction, nonce });
  if (!isSameProof(proofOf(token, 'engine', nonce, engineNonce), proof))
    throw new UnprovedEngineError(
      'the other end of the control socket does not know the token: it is not this engine',
    );
  await ask('prove', { proof: proofOf(token, 'client', nonce, engineNonce) });
  return engine;
}

/** JSON-RPC leaves requests pending when the stream ends. */
function untilClosed<T>(connection: MessageConnection, work: Promise<T>): Promise<T> {
  const closed = new Promise<never>((_, reject) =>
    connection.onClose(() => reject(new EngineLostError('the engine closed the connection'))),
  );
  return Promise.race([work, closed]);
}

/** Codes that JSON-RPC gives a request when its connection ended under it. */
const lostCodes: readonly number[] = [
  ErrorCodes.MessageWriteError,
  ErrorCodes.PendingResponseRejected,
  ErrorCodes.ConnectionInactive,
];

function asControlError(error: unknown): unknown {
  if (error instanceof ConnectionError) return new EngineLostError(error.message);
  if (!(error instanceof ResponseError)) return error;
  return lostCodes.includes(error.code)
    ? new EngineLostError('the engine went away before it answered')
    : new ControlError(error.code, error.message, error.data);
}
