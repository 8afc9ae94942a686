import type { Engine } from './compose.ts';
import type { Log } from './log.ts';

/**
 * Runs an engine until it stops by itself, or is asked to by SIGTERM, SIGINT or the end of the terminal. Then it
 * finishes what has arrived; a second signal does not wait for that.
 */
export async function runUntilStopped(engine: Engine, log: Log): Promise<void> {
  const stop = (signal: NodeJS.Signals) => {
    log.write(`stopping on ${signal}`);
    void engine.stop();
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, stop);
  await engine.stopped;
}

/**
 * An error that nobody caught is logged and survived: what the engine holds is in memory, and a fault in one request
 * must not cost the traces of all others.
 */
export function surviveErrors(log: Log): void {
  process.on('uncaughtException', error => log.write(`uncaught: ${error.stack ?? error}`));
  process.on('unhandledRejection', reason =>
    log.write(`unhandled: ${reason instanceof Error ? reason.stack : reason}`),
  );
}
