/** Services told apart; further ones are one. */
const mostServices = 1000;
/** A service that holds less than this part of an equal share has nothing taken from it. */
const protectedPart = 1 / 2;

/** What the traces of each service take; a trace is of the service that its first span came from. */
export class ServiceShares {
  readonly #ids = new Map<string, number>();
  readonly #bytes = new Float64Array(mostServices + 1);
  #total = 0;
  /** Services that hold something. */
  #holders = 0;

  idOf(serviceName: string): number {
    let id = this.#ids.get(serviceName);
    if (id === undefined) {
      if (this.#ids.size === mostServices) return mostServices;
      this.#ids.set(serviceName, (id = this.#ids.size));
    }
    return id;
  }

  /** Adds bytes to what a service holds, or takes them away. */
  add(service: number, bytes: number): void {
    const before = this.#bytes[service];
    this.#bytes[service] += bytes;
    this.#total += bytes;
    if (before === 0 && bytes > 0) this.#holders++;
    else if (before > 0 && this.#bytes[service] === 0) this.#holders--;
  }

  /** Whether a service holds so little that others have to make room. */
  isProtected(service: number): boolean {
    return this.#bytes[service] * this.#holders < this.#total * protectedPart;
  }

  clear(): void {
    this.#ids.clear();
    this.#bytes.fill(0);
    this.#total = 0;
    this.#holders = 0;
  }
}
