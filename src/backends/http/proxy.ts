/**
 * The proxy that the environment names for a URL (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, in either case). This machine is reached without
 * one, whatever it names, as by Go's clients, the collector among them.
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const proxy = env[name] || env[name.toUpperCase()];
  if (!proxy || isLoopback(url.hostname)) return undefined;
  if (isExcepted(url, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  return new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

function isLoopback(host: string): boolean {
  return /^(?:(?:.*\.)?localhost\.?|127\.[\d.]+|\[::1\])$/.test(host);
}

/** Entries are hosts, domains with everything below, or `*`; a port restricts them. */
function isExcepted({ hostname, port, protocol }: URL, list: string): boolean {
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return list
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      const [, name, only] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      if (only !== undefined && only !== ownPort) return false;
      const domain = name.replace(/^\*?\./, '');
      return name === '*' || hostname === domain || hostname.endsWith(`.${domain}`);
    });
}
