/// <reference path="./undiciParts.d.ts" />
import type { Agent, Pool, ProxyAgent } from 'undici';

/** What is used of undici. */
export interface Undici {
  readonly Agent: typeof Agent;
  readonly Pool: typeof Pool;
  readonly ProxyAgent: typeof ProxyAgent;
}

/**
 * Loads undici when something is sent or fetched: most engines never need it. Only the parts that are used are bundled,
 * as fetch, WebSocket and caches would be 200 kB more; what `index.js` does for dispatchers is done here.
 */
export async function loadUndici(): Promise<Undici> {
  const { default: dispatcher } = await import('undici/lib/dispatcher/dispatcher.js');
  const { default: api } = await import('undici/lib/api/index.js');
  const { default: agent } = await import('undici/lib/dispatcher/agent.js');
  const { default: pool } = await import('undici/lib/dispatcher/pool.js');
  const { default: proxyAgent } = await import('undici/lib/dispatcher/proxy-agent.js');
  Object.assign(dispatcher.prototype, api);
  return { Agent: agent, Pool: pool, ProxyAgent: proxyAgent };
}
