/**
 * Requests, answers, cancellation and notifications between a webview (`ChannelClient`) and the extension host
 * (`ChannelServer`) over `postMessage`. Every request ends: in its result, an error, a cancellation or a time-out.
 *
 * A `Uint8Array` directly in a message's parameters or result crosses as an `ArrayBuffer` of exactly its size: VS Code
 * ships those as binary, and of a view it would ship the whole pool behind it (microsoft/vscode#178719).
 */
import type { Disposable } from '../base/events.ts';

/** Of a map request name → `[parameters, result]`. */
export type ParametersOf<Requests, M extends keyof Requests> = Requests[M] extends [infer P, unknown]
  ? P
  : never;
export type ResultOf<Requests, M extends keyof Requests> = Requests[M] extends [unknown, infer R] ? R : never;

/** One end of a `postMessage` pair. */
export interface MessagePipe {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): Disposable;
}

/** A numeric code is one of the control protocol (`controlErrors`), passed through from the engine. */
export type ErrorCode =
  | 'badRequest'
  | 'cancelled'
  | 'closed'
  | 'failed'
  | 'timeout'
  | 'unknownMethod'
  | number;

/** How a request ended if not with its result. */
export class RequestError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
  }
}

type Envelope =
  | { type: 'request'; id: number; method: string; params: unknown }
  | { type: 'result'; id: number; result: unknown }
  | { type: 'error'; id: number; code: ErrorCode; message: string }
  | { type: 'cancel'; id: number }
  | { type: 'notification'; method: string; params: unknown };

export interface RequestOptions {
  signal?: AbortSignal;
  /** Milliseconds until the request is given up. */
  timeout?: number;
}

const defaultTimeout = 30_000;

interface Pending {
  resolve(result: unknown): void;
  reject(error: RequestError): void;
}

type Listeners<Notifications> = {
  [N in keyof Notifications]?: Set<(params: Notifications[N]) => void>;
};

/** The asking end. */
export class ChannelClient<Requests extends object, Notifications extends object> implements Disposable {
  readonly #pipe: MessagePipe;
  readonly #subscription: Disposable;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners: Listeners<Notifications> = {};
  #nextId = 1;
  #closed = false;

  constructor(pipe: MessagePipe) {
    this.#pipe = pipe;
    this.#subscription = pipe.onMessage(message => this.#receive(message));
  }

  /** Rejects with a `RequestError`, whatever goes wrong. */
  request<M extends keyof Requests & string>(
    method: M,
    params: ParametersOf<Requests, M>,
    { signal, timeout = defaultTimeout }: RequestOptions = {},
  ): Promise<ResultOf<Requests, M>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new RequestError('closed', `${method}: the channel is closed`));
      if (signal?.aborted) return reject(new RequestError('cancelled', `${method} was cancelled`));
      const giveUp = (code: 'cancelled' | 'timeout', message: string) => {
        if (!this.#pending.has(id)) return;
        this.#pipe.post({ type: 'cancel', id } satisfies Envelope);
        settle(() => reject(new RequestError(code, message)));
      };
      const onAbort = () => giveUp('cancelled', `${method} was cancelled`);
      const timer = setTimeout(
        () => giveUp('timeout', `${method} was not answered within ${timeout} ms`),
        timeout,
      );
      const settle = (end: () => void) => {
        this.#pending.delete(id);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        end();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#pending.set(id, {
        resolve: result => settle(() => resolve(result as never)),
        reject: error => settle(() => reject(error)),
      });
      this.#pipe.post({ type: 'request', id, method, params: withBuffers(params) } satisfies Envelope);
    });
  }

  on<N extends keyof Notifications>(method: N, listener: (params: Notifications[N]) => void): Disposable {
    const listeners = (this.#listeners[method] ??= new Set());
    listeners.add(listener);
    return { dispose: () => void listeners.delete(listener) };
  }

  /** Rejects what is still open. */
  dispose(): void {
    this.#closed = true;
    this.#subscription.dispose();
    for (const pending of [...this.#pending.values()])
      pending.reject(new RequestError('closed', 'the channel was closed'));
  }

  #receive(message: unknown): void {
    if (!isEnvelope(message)) return;
    if (message.type === 'result') this.#pending.get(message.id)?.resolve(withBytes(message.result));
    else if (message.type === 'error')
      this.#pending.get(message.id)?.reject(new RequestError(message.code, message.message));
    else if (message.type === 'notification') {
      const listeners = this.#listeners[message.method as keyof Notifications];
      for (const listener of [...(listeners ?? [])]) listener(withBytes(message.params) as never);
    }
  }
}

/** One function per request; a thrown error's `code` (if it is a number) and message go to the asking end. */
export type RequestHandlers<Requests extends object> = {
  [M in keyof Requests]: (
    params: ParametersOf<Requests, M>,
    signal: AbortSignal,
  ) => ResultOf<Requests, M> | Promise<ResultOf<Requests, M>>;
};

/** One check per request: whether parameters that came from outside have the right shape. */
export type RequestGuards<Requests extends object> = {
  readonly [M in keyof Requests]: (params: unknown) => boolean;
};

/** The answering end. What fails its guard is answered with `badRequest` and reaches no handler. */
export class ChannelServer<Requests extends object, Notifications extends object> implements Disposable {
  readonly #pipe: MessagePipe;
  readonly #handlers: RequestHandlers<Requests>;
  readonly #guards: RequestGuards<Requests>;
  readonly #subscription: Disposable;
  readonly #running = new Map<number, AbortController>();
  #closed = false;

  constructor(pipe: MessagePipe, guards: RequestGuards<Requests>, handlers: RequestHandlers<Requests>) {
    this.#pipe = pipe;
    this.#guards = guards;
    this.#handlers = handlers;
    this.#subscription = pipe.onMessage(message => this.#receive(message));
  }

  notify<N extends keyof Notifications & string>(method: N, params: Notifications[N]): void {
    if (!this.#closed) this.#post({ type: 'notification', method, params: withBuffers(params) });
  }

  /** Aborts what is running; nothing is posted any more. */
  dispose(): void {
    this.#closed = true;
    this.#subscription.dispose();
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  #receive(message: unknown): void {
    if (!isEnvelope(message)) return;
    if (message.type === 'cancel') this.#running.get(message.id)?.abort();
    else if (message.type === 'request') void this.#answer(message.id, message.method, message.params);
  }

  async #answer(id: number, method: string, received: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      if (!Object.hasOwn(this.#handlers, method))
        throw new RequestError('unknownMethod', `there is no request ${method}`);
      const name = method as keyof Requests;
      const params = withBytes(received);
      if (!this.#guards[name](params))
        throw new RequestError('badRequest', `${method}: parameters of the wrong shape`);
      const result = await this.#handlers[name](params as never, controller.signal);
      controller.signal.throwIfAborted();
      this.#post({ type: 'result', id, result: withBuffers(result) });
    } catch (error) {
      const code = controller.signal.aborted ? 'cancelled' : codeOf(error);
      this.#post({
        type: 'error',
        id,
        code,
        message: error instanceof Error ? error.message : String(error),
      });
    } finally {
      this.#running.delete(id);
    }
  }

  #post(envelope: Envelope): void {
    if (!this.#closed) this.#pipe.post(envelope);
  }
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof RequestError) return error.code;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : 'failed';
}

function isEnvelope(message: unknown): message is Envelope {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  const { type, id, method } = message as { type: unknown; id?: unknown; method?: unknown };
  switch (type) {
    case 'request':
      return Number.isSafeInteger(id) && typeof method === 'string';
    case 'result':
    case 'error':
    case 'cancel':
      return Number.isSafeInteger(id);
    case 'notification':
      return typeof method === 'string';
    default:
      return false;
  }
}

/** Fields of type `Uint8Array` as exact-size buffers. */
function withBuffers(value: unknown): unknown {
  return mapFields(value, field =>
    field instanceof Uint8Array
      ? field.byteLength === field.buffer.byteLength
        ? field.buffer
        : field.slice().buffer
      : field,
  );
}

/** The inverse of `withBuffers`. */
function withBytes(value: unknown): unknown {
  return mapFields(value, field => (field instanceof ArrayBuffer ? new Uint8Array(field) : field));
}

/** Applies `change` to each field of a plain object; the object itself if nothing changes. */
function mapFields(value: unknown, change: (field: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  let changed: { [key: string]: unknown } | undefined;
  for (const [key, field] of Object.entries(value)) {
    const next = change(field);
    if (next !== field) (changed ??= { ...value })[key] = next;
  }
  return changed ?? value;
}
