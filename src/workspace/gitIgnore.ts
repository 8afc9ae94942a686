import { readFile } from 'node:fs/promises';
import ignore, { type Ignore } from 'ignore';

/** What the `.gitignore` files of a workspace name, the inner before the outer. */
export class GitIgnore {
  readonly #files = new Map<string, Ignore>();

  clear(): void {
    this.#files.clear();
  }

  /** Takes note of a folder's `.gitignore`; one that cannot be read names nothing. */
  async read(folder: string): Promise<void> {
    try {
      this.#files.set(folder, ignore().add(await readFile(`${folder}/.gitignore`, 'utf8')));
    } catch {
      this.#files.delete(folder);
    }
  }

  /**
   * Whether a path is named by itself; that of a folder around it is another question.
   * @param path absolute, a folder's with `/` at the end
   */
  names(path: string): boolean {
    for (let end = path.lastIndexOf('/', path.length - 2); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const verdict = this.#files.get(path.slice(0, end))?.test(path.slice(end + 1));
      if (verdict?.ignored === true) return true;
      if (verdict?.unignored === true) return false;
    }
    return false;
  }
}
