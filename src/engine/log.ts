import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One line per event. Never attribute values or other content of telemetry: a log is shared more lightly than a trace. */
export interface Log {
  write(line: string): void;
}

export const logFileName = 'engine.log';

/** Two files of at most this many bytes are kept. */
const longestLog = 1_000_000;

/** Appends to `engine.log` in a directory. That the disk is full or the directory gone must not stop the engine. */
export class FileLog implements Log {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, logFileName);
  }

  write(line: string): void {
    try {
      if ((statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) > longestLog)
        renameSync(this.#path, `${this.#path}.1`);
      appendFileSync(this.#path, `${new Date().toISOString()} ${process.pid} ${oneLine(line)}\n`, {
        mode: 0o600,
      });
    } catch {
      // There is nowhere left to say it.
    }
  }
}

/** Writes to standard error, for an engine in the foreground. */
export class ConsoleLog implements Log {
  write(line: string): void {
    process.stderr.write(`${oneLine(line)}\n`);
  }
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').slice(0, 2000);
}
