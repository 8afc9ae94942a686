import { addToGroup } from '../../base/groups.ts';
import type { Modules } from './modules.ts';
import type { FileSummary } from './types.ts';

/** Who imports whom among the files of the project. */
export class ImportGraph {
  readonly #targets = new Map<string, readonly string[]>();
  /** Of a Go package: its other files, which need no import. */
  readonly #siblings = new Map<string, readonly string[]>();
  readonly #importers = new Map<string, string[]>();
  readonly #reach = new Map<string, ReadonlySet<string>>();

  /** @param files without tests: they import everything and set up what no service has */
  constructor(files: Iterable<FileSummary>, modules: Modules) {
    const summaries = [...files];
    const known = new Set(summaries.map(({ path }) => path));
    for (const { path, language, modules: imported } of summaries) {
      const targets = new Set(imported.flatMap(module => modules.resolve(path, module)));
      targets.delete(path);
      this.#targets.set(
        path,
        [...targets].filter(target => known.has(target)),
      );
      if (language === 'go')
        this.#siblings.set(
          path,
          modules.resolve(path, '.').filter(other => known.has(other)),
        );
    }
    for (const [path, targets] of this.#targets)
      for (const target of targets) addToGroup(this.#importers, target, path);
  }

  /** Each file with those that it imports itself. */
  get imports(): Iterable<readonly [string, readonly string[]]> {
    return this.#targets;
  }

  /** Those that import the file themselves. */
  importersOf(path: string): readonly string[] {
    return this.#importers.get(path) ?? [];
  }

  /** The file and all that it imports, directly or not. */
  reach(path: string): ReadonlySet<string> {
    let reach = this.#reach.get(path);
    if (reach === undefined) {
      reach = this.closure([path]);
      this.#reach.set(path, reach);
    }
    return reach;
  }

  closure(paths: Iterable<string>): ReadonlySet<string> {
    return walk(paths, path => this.#next(path));
  }

  /** Those that import the file, directly or not, and that nothing imports: where programs begin. */
  entriesOf(path: string): readonly string[] {
    return [...this.usersOf([path])].filter(each => this.#importers.get(each) === undefined);
  }

  /** The files and all that import them, directly or not. */
  usersOf(paths: Iterable<string>): ReadonlySet<string> {
    return walk(paths, path => [...(this.#importers.get(path) ?? []), ...(this.#siblings.get(path) ?? [])]);
  }

  #next(path: string): readonly string[] {
    return [...(this.#targets.get(path) ?? []), ...(this.#siblings.get(path) ?? [])];
  }
}

function walk(from: Iterable<string>, next: (path: string) => readonly string[]): ReadonlySet<string> {
  const seen = new Set(from);
  for (const path of seen) for (const each of next(path)) seen.add(each);
  return seen;
}
