import { isIP } from 'node:net';

/**
 * Who may send, beyond programs on this machine. A web page that the user visits can reach loopback ports, and with DNS
 * rebinding even under its own name: so a request must name this machine, and a page must be a local one.
 */
export interface SenderPolicy {
  /** Further names (or addresses) under which this machine may be addressed; no port. */
  hosts?: readonly string[];
  /** Further origins of pages that may send, as browsers write them: `https://dev.example:8080`, or `null`. */
  origins?: readonly string[];
  /** Any IP address is a valid Host: set where all interfaces are listened on. Rebinding needs a name, so this is safe. */
  anyAddress?: boolean;
}

/** What a request's head says about its sender. */
export interface SenderHead {
  /** Host header (or `:authority`), and the authority of an absolute-form URL: every one of them must be allowed. */
  hosts: readonly string[];
  origin: string | undefined;
  /** The Sec-Fetch-Site header. Sec-Fetch-Mode proves nothing: Node's own fetch sends it. */
  fetchSite: string | undefined;
}

/** Names by which containers reach the machine they run on. */
const containerHosts = new Set([
  'host.docker.internal',
  'gateway.docker.internal',
  'host.containers.internal',
]);

/** A name has 253 characters at most (RFC 1035 2.3.4, without the root); with a final dot, a colon and a port. */
const longestHost = 260;
const authority = /^(\[[0-9a-f:.]+\]|[^\s:@/?#[\]\\]+)(?::\d{0,5})?$/;
/** Node's HTTP/2 client leaves the brackets of an IPv6 address out of `:authority`. */
const bareIPv6 = /^([0-9a-f:.]*:[0-9a-f:.]*):\d{1,5}$/;
const webOrigin = /^https?:\/\/([^/]+)$/;

/** Why the sender is refused, or undefined if it may send. To be asked before a body is read. */
export function senderRefusal(policy: SenderPolicy, head: SenderHead): string | undefined {
  for (const host of head.hosts) {
    const name = hostName(host);
    if (name === undefined || !isAllowedHost(policy, name)) return `Host ${quote(host)} is not this machine`;
  }
  if (head.origin !== undefined) {
    if (head.hosts.length === 0) return 'a page sent a request without Host';
    if (!isAllowedOrigin(policy, head.origin)) return `pages of ${quote(head.origin)} may not send`;
  } else if (head.fetchSite?.toLowerCase() === 'cross-site') {
    return 'a page of another site sent this (Sec-Fetch-Site: cross-site without Origin)';
  }
  return undefined;
}

/** The policy of a receiver that listens on these addresses: beyond loopback, the machine has more names than localhost. */
export function policyForAddresses(
  policy: SenderPolicy,
  addresses: readonly string[],
  machineName: string,
): SenderPolicy {
  const open = addresses.filter(
    address => !isLoopback(hostName(address) ?? hostName(`[${address}]`) ?? address),
  );
  if (open.length === 0) return policy;
  return {
    ...policy,
    hosts: [...(policy.hosts ?? []), ...open, machineName],
    anyAddress: policy.anyAddress || open.includes('0.0.0.0') || open.includes('::'),
  };
}

function isAllowedHost(policy: SenderPolicy, name: string): boolean {
  if (isLoopback(name) || containerHosts.has(name)) return true;
  if (policy.anyAddress && isIP(name) !== 0) return true;
  return policy.hosts?.some(host => (hostName(host) ?? hostName(`[${host}]`)) === name) ?? false;
}

function isAllowedOrigin(policy: SenderPolicy, origin: string): boolean {
  const lower = origin.toLowerCase();
  if (policy.origins?.some(allowed => allowed.toLowerCase() === lower)) return true;
  if (lower.startsWith('vscode-webview://')) return true;
  const name = hostName(webOrigin.exec(lower)?.[1] ?? '');
  return name !== undefined && isLoopback(name);
}

function isLoopback(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const family = isIP(name);
  return (family === 4 && name.startsWith('127.')) || (family === 6 && isLoopbackIPv6(name));
}

function isLoopbackIPv6(address: string): boolean {
  return address === '::1' || /^::ffff:7f[0-9a-f]{2}:/.test(address);
}

/** `Name:port` → `name`; IPv6 addresses lose their brackets and get their shortest form. Undefined if it is neither. */
function hostName(host: string): string | undefined {
  if (host.length > longestHost) return undefined;
  const lower = host.toLowerCase();
  const bare = bareIPv6.exec(lower)?.[1];
  const name = bare === undefined ? authority.exec(lower)?.[1] : `[${bare}]`;
  if (name === undefined) return undefined;
  if (!name.startsWith('[')) return name.endsWith('.') ? name.slice(0, -1) : name;
  if (isIP(name.slice(1, -1)) !== 6) return undefined;
  return new URL(`http://${name}`).hostname.slice(1, -1);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
