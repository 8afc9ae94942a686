import { request as httpRequest } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { tlsOptions } from '../http/connection.ts';
import { proxyFor } from '../http/proxy.ts';
import type { ForwardPlan } from './options.ts';

/**
 * Opens an HTTP/2 connection, through the proxy of the environment if there is one. Rejects if that fails.
 * @param connectMs for each of the steps: the proxy, the connection
 */
export async function openGrpcConnection(plan: ForwardPlan, connectMs: number): Promise<ClientHttp2Session> {
  const socket = await openSocket(plan, connectMs);
  const session = connectHttp2(plan.url.origin, { createConnection: () => socket });
  // A session takes no notice of a peer that has closed its half, and would wait for answers.
  socket.once('end', () => session.destroy(new Error('the target closed the connection')));
  const late = setTimeout(() => session.destroy(new Error('the target does not answer')), connectMs);
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

async function openSocket(plan: ForwardPlan, connectMs: number): Promise<Socket> {
  const { url } = plan;
  const isSecure = url.protocol === 'https:';
  const host = withoutBrackets(url.hostname);
  const port = Number(url.port || (isSecure ? 443 : 80));
  const proxy = proxyFor(url, process.env);
  const socket =
    proxy === undefined
      ? connect({ host, port })
      : await tunnelTo(`${url.hostname}:${port}`, proxy, plan, connectMs);
  if (!isSecure) return socket;
  const servername = isIP(host) === 0 ? host : '';
  return connectTls({ ...tlsOptions(plan), socket, host, servername, ALPNProtocols: ['h2'] });
}

function tunnelTo(host: string, proxy: URL, plan: ForwardPlan, connectMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const isSecure = proxy.protocol === 'https:';
    const request = (isSecure ? httpsRequest : httpRequest)({
      host: withoutBrackets(proxy.hostname),
      port: proxy.port || (isSecure ? 443 : 80),
      method: 'CONNECT',
      path: host,
      headers: { host, ...authorization(proxy) },
      agent: false,
      ...(isSecure && tlsOptions(plan)),
    });
    const late = setTimeout(
      () => request.destroy(new Error(`the proxy ${proxy.host} does not answer`)),
      connectMs,
    );
    request.on('connect', ({ statusCode }, socket, head) => {
      clearTimeout(late);
      // What a target says first may come with the answer of the proxy.
      if (head.length > 0) socket.unshift(head);
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`));
    });
    request.on('error', error => {
      clearTimeout(late);
      reject(error);
    });
    request.end();
  });
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function authorization({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (username === '') return {};
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
}
