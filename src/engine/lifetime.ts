import type { Engine } from './compose.ts';
import type { Log } from './log.ts';

/** Signals that come together are one: `timeout` and terminals send them to a process and again to its group. */
const togetherMs = 1000;

/**
 * Lets SIGTERM, SIGINT and the end of the terminal stop an engine, even while it is starting: it finishes what has
 * arrived and is `stopped` then. A later signal does not wait for that.
 */
export function stopOnSignals(starting: Promise<Engine>, log: Log): void {
  let first: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (first !== undefined) {
      if (performance.now() - first > togetherMs) process.exit(1);
      return;
    }
    first = performance.now();
    log.write(`stopping on ${signal}`);
    // That it did not start is told to whoever started it.
    starting.then(engine => engine.stop()).catch(() => {});
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
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
