/// <reference path="./undiciParts.d.ts" />
import type { EnvHttpProxyAgent, ProxyAgent } from 'undici';

/** What is used of undici. */
export interface Undici {
  readonly EnvHttpProxyAgent: typeof EnvHttpProxyAgent;
  readonly ProxyAgent: typeof ProxyAgent;
}

/**
 * Loads undici when something is sent or fetched: most engines never need it. Only the parts that are used are bundled,
 * as fetch, WebSocket and caches would be 200 kB more; what `index.js` does for dispatchers is done here.
 */
export async function loadUndici(): Promise<Undici> {
  const { default: dispatcher } = await import('undici/lib/dispatcher/dispatcher.js');
  const { default: api } = await import('undici/lib/api/index.js');
  const { default: envHttpProxyAgent } = await import('undici/lib/dispatcher/env-http-proxy-agent.js');
  const { default: proxyAgent } = await import('undici/lib/dispatcher/proxy-agent.js');
  Object.assign(dispatcher.prototype, api);
  return { EnvHttpProxyAgent: envHttpProxyAgent, ProxyAgent: proxyAgent };
}
