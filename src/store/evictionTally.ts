import type { ResourceTable } from './resourceTable.ts';

/** Services counted by name; spans of further ones are counted together. */
const mostServices = 1000;
const otherServices = '(other services)';

/** Counts evicted spans by service. */
export class EvictionTally {
  total = 0;
  readonly byService = new Map<string, number>();
  readonly #resources: ResourceTable;
  readonly #pending = new Map<number, number>();

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  /** Counts spans; `flush` must follow before the resource's id can be freed. */
  readonly add = (resource: number, spans: number): void => {
    this.total += spans;
    this.#pending.set(resource, (this.#pending.get(resource) ?? 0) + spans);
  };

  flush(): void {
    for (const [resource, count] of this.#pending) {
      const { serviceName } = this.#resources.peek(resource);
      const full = this.byService.size >= mostServices && !this.byService.has(serviceName);
      const name = full ? otherServices : serviceName;
      this.byService.set(name, (this.byService.get(name) ?? 0) + count);
    }
    this.#pending.clear();
  }
}
