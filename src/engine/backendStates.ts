import { BackendError, type BackendErrorKind } from '../backends/http/backendError.ts';
import type { BackendKind, BackendTarget } from '../model/backend.ts';
import type { BackendStatus } from '../protocol/control.ts';

/** Of so many backends is remembered how they answered. */
const mostStates = 8;

/** Of these there was no answer; any other comes from an answer, be it that of a login page. */
const silent: ReadonlySet<BackendErrorKind> = new Set(['unreachable', 'timedOut']);

/** How the backends that were asked have answered. */
export class BackendStates {
  readonly #byUrl = new Map<string, BackendStatus>();

  /** The last asked first. */
  get list(): BackendStatus[] {
    return [...this.#byUrl.values()].reverse();
  }

  /** Asks, and remembers how that went. What was cancelled, and what could not be asked at all, tells nothing. */
  async watch<T>(target: BackendTarget, ask: () => Promise<{ kind: BackendKind; answer: T }>): Promise<T> {
    try {
      const { kind, answer } = await ask();
      this.#note(target, { kind, isReachable: true, lastAnswerUnixNano: now() });
      return answer;
    } catch (error) {
      if (error instanceof BackendError && error.kind !== 'badTarget')
        this.#note(target, {
          isReachable: !silent.has(error.kind),
          lastError: { timeUnixNano: now(), kind: error.kind, reason: error.message },
        });
      throw error;
    }
  }

  #note(
    { url: text, kind }: BackendTarget,
    news: Pick<BackendStatus, 'isReachable'> & Partial<BackendStatus>,
  ): void {
    const url = new URL(text).href;
    const known = this.#byUrl.get(url);
    this.#byUrl.delete(url);
    this.#byUrl.set(url, { ...known, ...(kind !== undefined && { kind }), url, ...news });
    for (const oldest of this.#byUrl.keys()) {
      if (this.#byUrl.size <= mostStates) break;
      this.#byUrl.delete(oldest);
    }
  }
}

function now(): string {
  return `${BigInt(Date.now()) * 1_000_000n}`;
}
