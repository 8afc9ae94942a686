import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

type Answer = (asked: Asked, response: ServerResponse) => void;

const notFound: Answer = (_, response) =>
  response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');

/** An HTTP server that answers what a test says, and remembers what it was asked. */
export class FakeBackend {
  readonly asked: Asked[] = [];
  /** By path; any other is answered as `otherwise` says. */
  answers: { [path: string]: Answer } = {};
  otherwise: Answer = notFound;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeBackend> {
    const server = createServer();
    const fake = new FakeBackend(server);
    const listener: RequestListener = (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
      const asked = { path: pathname, query: searchParams, headers: request.headers };
      fake.asked.push(asked);
      (Object.hasOwn(fake.answers, pathname) ? fake.answers[pathname] : fake.otherwise)(asked, response);
    };
    server.on('request', listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets what was asked and how to answer. */
  reset(): void {
    this.asked.length = 0;
    this.answers = {};
    this.otherwise = notFound;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function json(value: unknown, status = 200): Answer {
  return (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export const never = new AbortController().signal;
