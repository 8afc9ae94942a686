import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import {
  allowOrigin,
  type HttpAnswer,
  preflight,
  refusedSender,
  targetOf,
  textAnswer,
  writeAnswer,
  writeEarlyAnswer,
} from './httpExchange.ts';
import { type Listening, listenOnAll, loopback } from './listen.ts';
import { readBody } from './readBody.ts';
import { defaultLimits, type ReceiveLimits, type Receiver, type ReceiverSetup } from './receiver.ts';
import { policyForAddresses } from './senderPolicy.ts';
import {
  acceptedPackings,
  MalformedError,
  NoMemoryError,
  type Packing,
  packingOf,
  TooLargeError,
  type UnpackedBody,
  Unpacker,
} from './unpack.ts';

/** A request whose sender may send. */
export interface HttpRequest {
  readonly method: string;
  /** Without host and query, no slash doubled or at the end. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Type of the body in lower case, without parameters; '' if there is none. */
  readonly contentType: string;
  /** A page sent it, through a browser. */
  readonly isFromPage: boolean;
  /** The body, unpacked, which holds until the request is answered. What it throws ends the request and is answered by the receiver. */
  body(): Promise<Uint8Array>;
}

/** What a receiver does with requests. */
export interface HttpService {
  /** As an answer to a preflight lists them: `GET, POST`. */
  readonly methods: string;
  /** Rejects for a fault of ours only. */
  answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
}

/** How long a sender waits when the bodies of others fill the memory, or when it meets us stopping. */
const retryAfter = { 'retry-after': '1' };

/** A receiver that speaks plain HTTP/1. Throws a `PortTakenError`. */
export async function startHttpReceiver(setup: ReceiverSetup, service: HttpService): Promise<Receiver> {
  const hosts = setup.hosts ?? loopback;
  const connections = new HttpConnections(setup, hosts, service);
  const listening = await listenOnAll(hosts, setup.port, () => connections.makeServer());
  return new HttpReceiver(connections, listening);
}

class HttpReceiver implements Receiver {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly warnings: readonly string[];
  readonly #connections: HttpConnections;
  readonly #servers: readonly Server[];
  #closed: Promise<void> | undefined;

  constructor(connections: HttpConnections, { port, addresses, warnings, servers }: Listening<Server>) {
    this.#connections = connections;
    this.#servers = servers;
    this.port = port;
    this.addresses = addresses;
    this.warnings = warnings;
  }

  get requests(): number {
    return this.#connections.requests;
  }

  close(): Promise<void> {
    this.#closed ??= this.#connections.close(this.#servers);
    return this.#closed;
  }
}

/** Ends a request with an answer. */
class Refused extends Error {
  readonly answer: HttpAnswer;

  constructor(answer: HttpAnswer) {
    super(answer.reason);
    this.answer = answer;
  }
}

/** The sender went away: nobody is to be answered. */
class Aborted extends Error {}

class HttpConnections {
  requests = 0;
  readonly #setup: ReceiverSetup;
  readonly #policy: ReceiverSetup['policy'];
  readonly #limits: ReceiveLimits;
  readonly #service: HttpService;
  readonly #unpacker: Unpacker;
  readonly #sockets = new Set<Socket>();
  #answering = 0;
  #stopping = false;
  #onAllAnswered: () => void = () => {};

  constructor(setup: ReceiverSetup, hosts: readonly string[], service: HttpService) {
    this.#setup = setup;
    this.#policy = policyForAddresses(setup.policy, hosts, hostname());
    this.#limits = { ...defaultLimits, ...setup.limits };
    this.#service = service;
    this.#unpacker = new Unpacker(this.#limits.bodyBytes, setup.memory);
  }

  makeServer(): Server {
    const { headMs, requestMs, idleMs, connections } = this.#limits;
    const server = createServer(
      {
        headersTimeout: headMs,
        requestTimeout: Math.max(headMs, requestMs),
        keepAliveTimeout: idleMs,
        connectionsCheckingInterval: Math.min(headMs, requestMs) / 2,
      },
      (request, response) => {
        this.#answering++;
        response.on('close', () => {
          if (--this.#answering === 0) this.#onAllAnswered();
        });
        // An answer that cannot be written costs its connection only.
        this.#handle(request, response).catch(() => response.destroy());
      },
    );
    server.maxConnections = connections;
    server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    return server;
  }

  /** Lets requests that have arrived be answered for a moment, then disconnects everybody. */
  async close(servers: readonly Server[]): Promise<void> {
    this.#stopping = true;
    const closed = servers.map(server => new Promise<void>(resolve => server.close(() => resolve())));
    for (const server of servers) server.closeIdleConnections();
    if (this.#answering > 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, this.#limits.closeMs);
        this.#onAllAnswered = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const held: Held = [];
    let answer: HttpAnswer;
    try {
      answer = await this.#answerTo(request, response, held);
    } catch (error) {
      if (error instanceof Aborted) return;
      answer = error instanceof Refused ? error.answer : textAnswer(500, messageOf(error));
    } finally {
      for (const release of held) release();
    }
    if (answer.reason !== undefined)
      this.#setup.onRefused({ answer: `HTTP ${answer.status}`, reason: answer.reason, count: 1 });
    if (request.complete) writeAnswer(response, answer);
    else writeEarlyAnswer(request, response, answer, this.#limits.bodyBytes);
  }

  async #answerTo(request: IncomingMessage, response: ServerResponse, held: Held): Promise<HttpAnswer> {
    const target = targetOf(request, noPaths);
    const refused = refusedSender(request, target, this.#policy);
    if (refused !== undefined) return textAnswer(refused.status, refused.reason);
    allowOrigin(request, response);
    const answer = preflight(request, this.#service.methods);
    if (answer !== undefined) return answer;
    if (this.#stopping) return { ...textAnswer(503, 'stopping'), headers: retryAfter };
    const { method = '', headers } = request;
    return this.#service.answer({
      method,
      path: target.path,
      headers,
      contentType: (headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase(),
      isFromPage: headers.origin !== undefined || headers['sec-fetch-site'] !== undefined,
      body: () => this.#body(request, held),
    });
  }

  async #body(request: IncomingMessage, held: Held): Promise<Uint8Array> {
    const packing = packingOf(request.headers['content-encoding']);
    if (packing === undefined)
      throw new Refused(textAnswer(400, `unsupported Content-Encoding, supported: ${acceptedPackings}`));
    const announced = Number(request.headers['content-length'] ?? 0);
    const { bodyBytes } = this.#limits;
    const { memory } = this.#setup;
    const head = { announcedBytes: () => announced, isPacked: packing !== 'identity' };
    const wire = await readBody(request, head, bodyBytes, memory);
    if (wire.kind === 'tooLarge') throw new Refused(textAnswer(413, `the body exceeds ${bodyBytes} bytes`));
    if (wire.kind === 'noMemory') throw busy();
    if (wire.kind === 'aborted') throw new Aborted();
    held.push(wire.release, wire.end);
    if (packing === 'identity') return wire.bytes;
    const { bytes, release } = await this.#unpack(wire.bytes, packing);
    held.push(release);
    return bytes;
  }

  async #unpack(bytes: Uint8Array, packing: Packing): Promise<UnpackedBody> {
    try {
      return await this.#unpacker.unpack(bytes, packing);
    } catch (error) {
      if (error instanceof MalformedError) throw new Refused(textAnswer(400, error.message));
      if (error instanceof TooLargeError) throw new Refused(textAnswer(413, error.message));
      if (error instanceof NoMemoryError) throw busy();
      throw error;
    }
  }
}

/** What gives up the body of a request when it is answered. */
type Held = (() => void)[];

const noPaths: ReadonlySet<string> = new Set();

function busy(): Refused {
  return new Refused({ ...textAnswer(503, 'busy, try again'), headers: retryAfter });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
