import { request as httpRequest } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ForwardPlan } from './options.ts';
import { proxyFor } from './proxy.ts';
import { requestTimeoutMs } from './target.ts';

/** Opens an HTTP/2 connection, through the proxy of the environment if there is one. Rejects if that fails. */
export async function openGrpcConnection(plan: ForwardPlan): Promise<ClientHttp2Session> {
  const socket = await openSocket(plan);
  const session = connectHttp2(plan.url.origin, { createConnection: () => socket });
  // A session takes no notice of a peer that has closed its half, and would wait for answers.
  socket.once('end', () => session.destroy(new Error('the target closed the connection')));
  const late = setTimeout(() => session.destroy(new Error('the target does not answer')), requestTimeoutMs);
  await new Promise<void>((resolve, reject) => {
    session.once('connect', () => resolve());
    session.once('error', reject);
    session.once('close', () => reject(new Error('the connection was closed')));
  }).finally(() => clearTimeout(late));
  // What goes wrong from now on ends the calls under way, which tell.
  session.on('error', () => {});
  session.unref();
  return session;
}

async function openSocket(plan: ForwardPlan): Promise<Socket> {
  const { url, ca, insecure } = plan;
  const isSecure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (isSecure ? 443 : 80));
  const proxy = proxyFor(url, process.env);
  const socket =
    proxy === undefined ? connect({ host, port }) : await tunnelTo(`${url.hostname}:${port}`, proxy);
  if (!isSecure) return socket;
  return connectTls({
    socket,
    servername: host,
    rejectUnauthorized: !insecure,
    ALPNProtocols: ['h2'],
    ...(ca !== undefined && { ca }),
  });
}

function tunnelTo(host: string, proxy: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: host,
      headers: { host, ...authorization(proxy) },
      timeout: requestTimeoutMs,
    });
    request.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`));
      }
    });
    request.on('timeout', () => request.destroy(new Error(`the proxy ${proxy.host} does not answer`)));
    request.on('error', reject);
    request.end();
  });
}

function authorization({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (username === '') return {};
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
}
