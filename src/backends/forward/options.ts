import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

export type ForwardProtocol = 'http/protobuf' | 'grpc';
export type ForwardCompression = 'gzip' | 'none';

/** Where and how to forward. */
export interface ForwardOptions {
  /** Base URL of an OTLP endpoint: `https://collector.example:4318`. */
  readonly url: string;
  /** Default: gRPC for port 4317, else HTTP. */
  readonly protocol?: ForwardProtocol;
  /** Default: gzip. */
  readonly compression?: ForwardCompression;
  /** Mask sensitive values first; default true. */
  readonly redact?: boolean;
  /** Sent with every request; their values are secrets. */
  readonly headers?: { readonly [name: string]: string };
  /** Certificates to trust beyond the system's, in PEM. */
  readonly ca?: string;
  /** Do not verify the target's certificate. */
  readonly insecure?: boolean;
}

/** Options that are complete and possible. */
export interface ForwardPlan {
  readonly url: URL;
  readonly protocol: ForwardProtocol;
  readonly compression: ForwardCompression;
  readonly redact: boolean;
  readonly headers: { readonly [name: string]: string };
  readonly ca: string | undefined;
  readonly insecure: boolean;
}

/** The options cannot work; the message says which and why, without the value of a header. */
export class ForwardOptionsError extends Error {
  override readonly name = 'ForwardOptionsError';
}

const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/** Visible characters, spaces and tabs: what both HTTP and gRPC let through. */
const headerValue = /^[\t\x20-\x7e]*$/;
/** They belong to the request itself. */
const ownHeaders =
  /^(?:host|content-(?:type|length|encoding)|connection|te|transfer-encoding|upgrade|grpc-.*|:.*)$/i;

/**
 * Completes the options. Throws a `ForwardOptionsError`.
 * @param ownPorts on which this process receives: forwarding there would go round for ever
 */
export function planForward(options: ForwardOptions, ownPorts: readonly number[]): ForwardPlan {
  const url = parseUrl(options.url);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (ownPorts.includes(port) && isThisMachine(url.hostname))
    throw new ForwardOptionsError(`${url.host} is where Spanline itself receives`);
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (!headerName.test(name) || ownHeaders.test(name))
      throw new ForwardOptionsError(`${JSON.stringify(name)} cannot be a header`);
    if (!headerValue.test(value))
      throw new ForwardOptionsError(`the value of the header ${name} is not plain text`);
  }
  return {
    url,
    protocol: options.protocol ?? (port === 4317 ? 'grpc' : 'http/protobuf'),
    compression: options.compression ?? 'gzip',
    redact: options.redact ?? true,
    headers: options.headers ?? {},
    ca: options.ca,
    insecure: options.insecure ?? false,
  };
}

function parseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `http://${text}`);
  } catch {
    throw new ForwardOptionsError(`${JSON.stringify(withoutSecrets(text))} is no URL`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ForwardOptionsError(`${url.protocol}// cannot be forwarded to, only http:// and https://`);
  if (url.username !== '' || url.password !== '')
    throw new ForwardOptionsError(
      'user and password do not belong into the URL: send an authorization header',
    );
  if (url.search !== '') throw new ForwardOptionsError('the URL of an OTLP endpoint has no query');
  url.hash = '';
  // The path of a signal is added again.
  url.pathname = url.pathname.replace(/\/(?:v1\/(?:traces|logs|metrics)\/?)?$/, '');
  return url;
}

function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//•••@').slice(0, 200);
}

/** Whether a name or address leads here; names other than `localhost` and the machine's own are not looked up. */
function isThisMachine(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost') || name === hostname().toLowerCase()) return true;
  if (isIP(name) === 0) return false;
  if (name.startsWith('127.') || name === '::1' || name === '0.0.0.0' || name === '::') return true;
  if (name.startsWith('::ffff:7f')) return true;
  return Object.values(networkInterfaces()).some(addresses =>
    addresses?.some(({ address }) => address === name),
  );
}
