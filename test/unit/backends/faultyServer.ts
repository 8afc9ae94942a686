import { once } from 'node:events';
import { constants, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { certificate } from './forward/certificate.ts';

/** A server that does wrong what its fault says, and where clients find it. */
export interface FaultyServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface Fault {
  /** What the server does. */
  readonly name: string;
  /** Only a deadline ends it. */
  readonly isSilent?: true;
  /** @param leaves paths that are answered with 404 first, as by a version without them */
  start(leaves?: RegExp): Promise<FaultyServer>;
}

/** What a server does with a connection, once a request has come. */
interface Behaviour {
  /** HTTP/1.1, as it goes over the wire. */
  http(socket: Socket): void;
  /** The same of HTTP/2; absent: the same bytes. */
  grpc?(stream: ServerHttp2Stream): void;
}

const ok = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const grpcHead = { ':status': 200, 'content-type': 'application/grpc' };

const behaviours: { readonly [name: string]: Behaviour } = {
  'closes its half': { http: socket => socket.end() },
  resets: {
    http: socket => {
      socket.write(ok);
      setImmediate(() => socket.resetAndDestroy());
    },
    grpc: stream => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  },
  'goes away in the middle': {
    http: socket => socket.end(`${ok}connection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":`),
    grpc: stream => {
      stream.respond(grpcHead);
      stream.session?.goaway(constants.NGHTTP2_NO_ERROR, 0);
      setImmediate(() => stream.session?.destroy());
    },
  },
  'announces more than it sends': {
    http: socket => socket.end(`${ok}content-length: 1000\r\n\r\nshort`),
    grpc: stream => {
      stream.respond({ ...grpcHead, 'content-length': 1000 });
      stream.end('short');
    },
  },
  'never ends its answer': {
    http: socket => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
      pour(socket, Buffer.concat([Buffer.from('1000\r\n'), Buffer.alloc(4096, ' '), Buffer.from('\r\n')]));
    },
    grpc: stream => {
      stream.respond(grpcHead);
      pour(stream, Buffer.alloc(4096));
    },
  },
  'speaks another protocol': { http: socket => socket.end('220 mail.example ESMTP\r\n') },
  'shows a login page': {
    http: socket =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>'),
    grpc: stream => {
      stream.respond({ ':status': 200, 'content-type': 'text/html' });
      stream.end('<html>');
    },
  },
  'is asked too much': {
    http: socket => socket.end('HTTP/1.1 429 Slow\r\nretry-after: 30\r\ncontent-length: 4\r\n\r\nslow'),
    grpc: stream => endWith(stream, 14, 'slow'),
  },
  'is down for a while': {
    http: socket => socket.end('HTTP/1.1 503 Down\r\nretry-after: 30\r\ncontent-length: 4\r\n\r\ndown'),
    grpc: stream => endWith(stream, 14, 'down'),
  },
};

const silent: { readonly [name: string]: Behaviour } = {
  'takes connections and says nothing': { http: () => {} },
  'drips its answer': {
    http: socket => drip(socket, ok),
    grpc: stream => {
      stream.respond(grpcHead);
      drip(stream, '\u0000');
    },
  },
};

/** Of what is no connection to a server that does wrong, but none at all. */
const elsewhere: readonly Fault[] = [
  {
    name: 'is not there',
    async start() {
      const { url, close } = await listening(createServer());
      await close();
      return { url, close: async () => {} };
    },
  },
  {
    name: 'has a name that nobody knows',
    isSilent: true,
    start: async () => ({ url: 'http://nobody.invalid:4318', close: async () => {} }),
  },
  {
    name: 'has a certificate that nobody trusts',
    async start() {
      const { url, close } = await listening(
        createSecureServer(certificate(), (_, response) => response.end()),
      );
      return { url: url.replace('http://127.0.0.1', 'https://localhost'), close };
    },
  },
  {
    name: 'speaks no TLS',
    async start() {
      const { url, close } = await listening(createServer(socket => socket.end('HTTP/1.1 400 Bad\r\n\r\n')));
      return { url: url.replace('http:', 'https:'), close };
    },
  },
  {
    name: 'is behind a proxy that says nothing',
    isSilent: true,
    async start() {
      const { url, close } = await listening(createServer(socket => socket.resume()));
      process.env['http_proxy'] = url;
      return {
        url: 'http://target.invalid:4318',
        close: async () => {
          delete process.env['http_proxy'];
          await close();
        },
      };
    },
  },
];

export const faults: readonly Fault[] = [
  ...elsewhere,
  ...Object.entries(behaviours).map(([name, behaviour]) => ({ name, start: startWith(behaviour) })),
  ...Object.entries(silent).map(
    ([name, behaviour]): Fault => ({ name, isSilent: true, start: startWith(behaviour) }),
  ),
];

function startWith({ http, grpc }: Behaviour): Fault['start'] {
  return leaves => {
    const http2 = createHttp2Server();
    http2.on('stream', stream => {
      stream.on('error', () => {});
      stream.resume();
      grpc?.(stream);
    });
    http2.on('session', session => session.on('error', () => {}));
    return listening(
      createServer({ allowHalfOpen: true }, socket => {
        socket.on('error', () => {});
        if (grpc === undefined) return answer(socket);
        socket.once('readable', () => {
          const first: Buffer | null = socket.read();
          if (first === null) return;
          socket.unshift(first);
          if (first.toString('latin1', 0, 3) === 'PRI') http2.emit('connection', socket);
          else answer(socket);
        });
      }),
    );

    function answer(socket: Socket): void {
      socket.on('data', data => {
        const [, path = ''] = /^(?:GET|POST) (\S+)/.exec(data.toString('latin1')) ?? [];
        if (leaves?.test(path)) socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone');
        else http(socket);
      });
    }
  };
}

async function listening(server: ReturnType<typeof createServer>): Promise<FaultyServer> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Writes for ever, as fast as it is read. */
function pour(to: Socket | ServerHttp2Stream, chunk: Uint8Array): void {
  while (!to.destroyed && to.write(chunk)) {}
  if (!to.destroyed) to.once('drain', () => pour(to, chunk));
}

/** Writes a byte every few milliseconds, for ever. */
function drip(to: Socket | ServerHttp2Stream, first: string): void {
  to.write(first);
  const timer = setInterval(() => to.write('x'), 5);
  to.on('close', () => clearInterval(timer));
}

/** UNAVAILABLE, to be tried again in 30 seconds: google.rpc.Status with a RetryInfo. */
function endWith(stream: ServerHttp2Stream, code: number, message: string): void {
  const field = (number: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes]);
  const any = Buffer.concat([
    field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
    field(2, field(1, Buffer.of(0x08, 30))),
  ]);
  const details = Buffer.concat([Buffer.of(0x08, code), field(3, any)]).toString('base64');
  stream.respond(
    { ...grpcHead, 'grpc-status': code, 'grpc-message': message, 'grpc-status-details-bin': details },
    { endStream: true },
  );
}
