import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes the temporary directories that a test made. */
export class TemporaryDirectories {
  readonly #made: string[] = [];

  /** Short, because a socket's path has at most 100 bytes. */
  async make(): Promise<string> {
    const directory = await mkdtemp(
      join(process.platform === 'win32' ? (process.env.TEMP ?? 'C:\\') : '/tmp', 'spn-'),
    );
    this.#made.push(directory);
    return directory;
  }

  async remove(): Promise<void> {
    // An engine that gave way to another one may still be writing why.
    for (const directory of this.#made.splice(0))
      await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
