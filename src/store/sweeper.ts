import { noTrace } from './spanRef.ts';
import type { SpanTables } from './spanTables.ts';

/** Others that refer to resources and scopes. */
interface MessageUser {
  markUsed(resources: Uint8Array, scopes: Uint8Array): void;
}

/** Names and messages that nothing refers to any more are looked for when there are twice as many and this many more. */
const slack = 1024;

/** Frees names, resources and scopes that went out of use with the spans, logs and metrics that had them. */
export class Sweeper {
  readonly #tables: SpanTables;
  readonly #users: readonly MessageUser[];
  /** How often ids were freed. */
  sweeps = 0;
  #kept = 0;

  constructor(tables: SpanTables, users: readonly MessageUser[]) {
    this.#tables = tables;
    this.#users = users;
  }

  sweepIfGrown(): void {
    if (this.#entries() > 2 * this.#kept + slack) this.sweep();
  }

  sweep(): void {
    const { names, resources, scopes, ring, index } = this.#tables;
    const usedNames = new Uint8Array(names.size);
    const usedResources = new Uint8Array(resources.size);
    const usedScopes = new Uint8Array(scopes.size);
    for (const segment of ring.order) {
      const { trace, name, resource, scope } = segment;
      for (let row = 0; row < segment.count; row++) {
        if (trace[row] === noTrace) continue;
        usedNames[name[row]] = 1;
        usedResources[resource[row]] = 1;
        usedScopes[scope[row]] = 1;
      }
    }
    for (const user of this.#users) user.markUsed(usedResources, usedScopes);
    index.shrink();
    this.sweeps++;
    names.sweep(usedNames);
    resources.sweep(usedResources);
    scopes.sweep(usedScopes);
    this.#kept = this.#entries();
  }

  #entries(): number {
    const { names, resources, scopes } = this.#tables;
    return names.count + resources.count + scopes.count;
  }
}
