import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { lookAtFirstBytes } from './firstBytes.ts';
import type { JaegerSink } from './jaegerHttp.ts';
import { type Listening, listenOnAll, loopback } from './listen.ts';
import { type GrpcMethods, OtlpGrpc } from './otlpGrpc.ts';
import { OtlpHttp } from './otlpHttp.ts';
import { OtlpIntake } from './otlpIntake.ts';
import type { ReceiveLimits, Receiver, ReceiverOptions } from './receiver.ts';
import { policyForAddresses } from './senderPolicy.ts';
import type { SignalSink } from './signal.ts';

/** @throws PortTakenError */
export function startOtlpHttp(options: ReceiverOptions<SignalSink>): Promise<Receiver> {
  return OtlpReceiver.start(options);
}

/** @throws PortTakenError */
export function startOtlpGrpc(options: ReceiverOptions<SignalSink>): Promise<Receiver> {
  return OtlpReceiver.start(options);
}

/** Jaeger's `CollectorService`: its message is one of the collector's model, its answer has nothing to tell. */
const jaegerMethods: GrpcMethods = {
  signals: new Map([['/jaeger.api_v2.CollectorService/PostSpans', 'traces']]),
  response: () => new Uint8Array(0),
};

/** The gRPC port of Jaeger's collector, 14250. Throws a `PortTakenError`. */
export function startJaegerGrpc({ sink, ...setup }: ReceiverOptions<JaegerSink>): Promise<Receiver> {
  const traces: SignalSink = { receive: (_signal, _encoding, body) => sink.receive('protobuf', body) };
  return OtlpReceiver.start({ ...setup, sink: traces }, intake => ({
    http: new OtlpHttp(intake, new Map()),
    grpc: new OtlpGrpc(intake, jaegerMethods),
  }));
}

/** What is spoken on a port. */
interface Protocols {
  readonly http: OtlpHttp;
  readonly grpc: OtlpGrpc;
}

const otlp = (intake: OtlpIntake): Protocols => ({
  http: new OtlpHttp(intake),
  grpc: new OtlpGrpc(intake),
});

/**
 * A batch of 512 spans is about 230 kB: HTTP/2's default window of 64 KiB would cost each several round trips. As much as this
 * comes of a body that waits for its turn.
 */
const streamWindowBytes = 1024 * 1024;
const sessionWindowBytes = 16 * 1024 * 1024;
/** In megabytes; the default of 10 is less than one body. */
const sessionMemory = 128;
/** A gRPC channel that has been silent for so long is told to close, and opens again when it needs to. */
const sessionIdleMs = 300_000;

/**
 * A port that speaks OTLP/HTTP and OTLP/gRPC. The two receivers are alike and differ in port, because sending
 * gRPC to 4318 or HTTP to 4317 is the commonest of mistakes.
 */
class OtlpReceiver implements Receiver {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly warnings: readonly string[];
  readonly #intake: OtlpIntake;
  readonly #servers: readonly Server[];
  readonly #connections: Connections;
  #closed: Promise<void> | undefined;

  private constructor(
    intake: OtlpIntake,
    connections: Connections,
    { port, addresses, warnings, servers }: Listening<Server>,
  ) {
    this.port = port;
    this.addresses = addresses;
    this.warnings = warnings;
    this.#intake = intake;
    this.#servers = servers;
    this.#connections = connections;
  }

  static async start(
    options: ReceiverOptions<SignalSink>,
    protocols: (intake: OtlpIntake) => Protocols = otlp,
  ): Promise<OtlpReceiver> {
    const hosts = options.hosts ?? loopback;
    const intake = new OtlpIntake(options, policyForAddresses(options.policy, hosts, hostname()));
    const connections = new Connections(intake, protocols(intake));
    const listening = await listenOnAll(hosts, options.port, () => connections.makeServer());
    return new OtlpReceiver(intake, connections, listening);
  }

  get requests(): number {
    return this.#intake.requests;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#intake.stopping = true;
    const closed = this.#servers.map(server => new Promise<void>(resolve => server.close(() => resolve())));
    for (const server of this.#servers) server.closeIdleConnections();
    await this.#connections.end(this.#intake.limits.closeMs);
    await Promise.all(closed);
  }
}

/** The connections of all addresses of a receiver, and what is being answered on them. */
class Connections {
  readonly #intake: OtlpIntake;
  readonly #http: OtlpHttp;
  readonly #http2: Http2Server;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  #answering = 0;
  #onAllAnswered: () => void = () => {};

  constructor(intake: OtlpIntake, { http, grpc }: Protocols) {
    this.#intake = intake;
    this.#http = http;
    this.#http2 = this.#makeHttp2(grpc);
  }

  makeServer(): Server {
    const { limits } = this.#intake;
    const server = createServer(httpOptions(limits), (request, response) => {
      this.#track(response);
      this.#http.handle(request, response).catch(error => this.#abandon(response, error));
    });
    server.maxConnections = limits.connections;
    // The server's own timers work for a server that listens, so it does, and gets those sockets back that speak HTTP/1.
    const [serveHttp1] = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      // A connection that fails concerns its client alone; 'close' follows.
      socket.on('error', () => {});
      lookAtFirstBytes(socket, limits.headMs, spoken => {
        if (spoken === 'http1') serveHttp1.call(server, socket);
        else if (spoken === 'http2') this.#http2.emit('connection', socket);
        else this.#refuseTls(socket);
      });
    });
    return server;
  }

  /** Waits until what is being answered is answered, at most `graceMs`, then disconnects everybody. */
  async end(graceMs: number): Promise<void> {
    for (const session of this.#sessions) session.close();
    if (this.#answering > 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, graceMs);
        this.#onAllAnswered = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    this.#http2.close();
  }

  #makeHttp2(grpc: OtlpGrpc): Http2Server {
    const settings = { initialWindowSize: streamWindowBytes, maxConcurrentStreams: 100, enablePush: false };
    const server = createHttp2Server({ settings, maxSessionMemory: sessionMemory });
    server.on('session', session => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.setLocalWindowSize(sessionWindowBytes);
      session.setTimeout(sessionIdleMs, () => session.close());
    });
    server.on('stream', (stream, headers) => {
      this.#track(stream);
      grpc.handle(stream, headers).catch(error => this.#abandon(stream, error));
    });
    return server;
  }

  #track(answer: { on(event: 'close', listener: () => void): unknown }): void {
    this.#answering++;
    answer.on('close', () => {
      if (--this.#answering === 0) this.#onAllAnswered();
    });
  }

  /** An answer that cannot be written must cost its connection only. */
  #abandon(answer: { destroy(): unknown }, error: unknown): void {
    answer.destroy();
    this.#intake.refused('connection closed', `no answer could be written: ${error}`);
  }

  #refuseTls(socket: Socket): void {
    this.#intake.requests++;
    this.#intake.refused(
      'connection closed',
      'TLS was tried on a plain-text port: use http://, or an insecure channel',
    );
    socket.destroy();
  }
}

function httpOptions({ headMs, requestMs, idleMs }: ReceiveLimits) {
  return {
    headersTimeout: headMs,
    requestTimeout: Math.max(headMs, requestMs),
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: Math.min(headMs, requestMs) / 2,
  };
}
