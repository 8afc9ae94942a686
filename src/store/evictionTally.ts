import type { DropReason } from '../model/dropReason.ts';
import type { ResourceTable } from './resourceTable.ts';

/** What of a service was given up for one reason. */
export interface EvictionCount {
  readonly serviceName: string;
  readonly reason: DropReason;
  spans: number;
  /** When it last happened: milliseconds since 1970. */
  lastTime: number;
}

/** Services counted by name; spans of further ones are counted together. */
const mostServices = 1000;
const otherServices = '(other services)';

/** Counts evicted spans by service and reason. */
export class EvictionTally {
  total = 0;
  readonly #byService = new Map<string, Map<DropReason, EvictionCount>>();
  readonly #resources: ResourceTable;
  readonly #pending = new Map<DropReason, Map<number, number>>();

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  /** Counts spans; `flush` must follow before the resource's id can be freed. */
  readonly add = (resource: number, spans: number, reason: DropReason): void => {
    this.total += spans;
    let pending = this.#pending.get(reason);
    if (pending === undefined) this.#pending.set(reason, (pending = new Map()));
    pending.set(resource, (pending.get(resource) ?? 0) + spans);
  };

  flush(): void {
    for (const [reason, pending] of this.#pending)
      for (const [resource, spans] of pending) {
        const { serviceName } = this.#resources.peek(resource);
        const full = this.#byService.size >= mostServices && !this.#byService.has(serviceName);
        this.#count(full ? otherServices : serviceName, reason, spans);
      }
    this.#pending.clear();
  }

  counts(): EvictionCount[] {
    return [...this.#byService.values()].flatMap(byReason => [...byReason.values()]);
  }

  #count(serviceName: string, reason: DropReason, spans: number): void {
    let byReason = this.#byService.get(serviceName);
    if (byReason === undefined) this.#byService.set(serviceName, (byReason = new Map()));
    let count = byReason.get(reason);
    if (count === undefined) byReason.set(reason, (count = { serviceName, reason, spans: 0, lastTime: 0 }));
    count.spans += spans;
    count.lastTime = Date.now();
  }
}
