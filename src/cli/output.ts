import { printable } from './table.ts';

/** Writes to standard output and waits until it is taken, so that a slow reader slows us and not our memory. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, error => (error ? reject(error) : resolve()));
  });
}

/** `value` as the one JSON document of `--json`. */
export function printJson(value: unknown): Promise<void> {
  return print(`${JSON.stringify(value)}\n`);
}

/** One line; what it quotes of a file or of an answer cannot drive the terminal. */
export function printError(line: string): void {
  process.stderr.write(`spanline: ${printable(line.replaceAll('\n', ' '))}\n`);
}

/** What went wrong. Of the system's errors, the file before the reason: `a.json: no such file or directory`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path, syscall, hostname } = error as NodeJS.ErrnoException & { hostname?: string };
  if (code === 'ENOTFOUND' && hostname !== undefined) return `${hostname}: no such host`;
  const reason = syscall && /^[A-Z][A-Z\d]+: (.+?), /.exec(error.message)?.[1];
  if (!reason) return error.message;
  const told = code === 'EISDIR' ? 'is a directory' : reason;
  return path === undefined ? told : `${path}: ${told}`;
}

/** A reader that has seen enough (`| head`) is no error: the command just ends. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') printError(`standard output: ${error.message}`);
    process.exit(error.code === 'EPIPE' ? 0 : 2);
  });
}

const colours = { red: 31, green: 32, yellow: 33, blue: 34, grey: 90 } as const;

/** Colours only for a terminal, and not where `NO_COLOR` is set (no-color.org). */
export function coloured(colour: keyof typeof colours, text: string): string {
  const wanted = process.stdout.isTTY === true && !process.env.NO_COLOR;
  return wanted ? `\u001b[${colours[colour]}m${text}\u001b[39m` : text;
}
