import { addToGroup, addToSet } from '../../base/groups.ts';
import { folderOf, foldersUp, isInside, joinPath } from './paths.ts';
import type { ConfigFacts } from './types.ts';

/** Which files the modules are that Python files import. */
export class PythonModules {
  readonly #files: ReadonlyMap<string, unknown>;
  /** Manifests of packages that others may have installed: `pip install -e ../common`. */
  readonly #installed = new Set<string>();
  /** Dockerfiles → folders that they copy to one place, as written: there they are one. */
  readonly #images = new Map<string, readonly (readonly string[])[]>();
  /** Since files came or went: the name of a file or folder → the folders that have one. Most modules are none of the project. */
  #named: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  /** @param files those of all languages, by path */
  constructor(files: ReadonlyMap<string, unknown>) {
    this.#files = files;
  }

  /** @param manifest a `pyproject.toml` or `setup.py` */
  addPackage(manifest: string): void {
    this.#installed.add(manifest);
  }

  removePackage(manifest: string): void {
    this.#installed.delete(manifest);
  }

  addImage({ path, copies }: Pick<ConfigFacts, 'path' | 'copies'>): void {
    const places = new Map<string, string[]>();
    for (const { from, to } of copies)
      addToGroup(places, to.replace(/^\.\/?|\/$/g, ''), from.replace(/\/\*?$/, ''));
    this.#images.set(
      path,
      [...places.values()].filter(({ length }) => length > 1),
    );
  }

  removeImage(path: string): void {
    this.#images.delete(path);
  }

  /** Files came or went. */
  forget(): void {
    this.#named = undefined;
  }

  /** Relative ones by their dots; others from any folder above, which may be on the path, or from an installed package. */
  resolve(from: string, module: string): readonly string[] {
    const dots = /^\.+/.exec(module)?.[0].length ?? 0;
    const name = module.slice(dots).replaceAll('.', '/');
    const folders = [...foldersUp(folderOf(from))];
    if (dots > 0) return folders.slice(dots - 1, dots).flatMap(folder => this.#fileAt(folder, name) ?? []);
    const [head] = name.split('/');
    this.#named ??= this.#names();
    const named = this.#named.get(head);
    if (named === undefined) return [];
    const fileIn = (place: string) => (named.has(place) ? this.#fileAt(place, name) : undefined);
    // `pip install ./common` gives what is in `common/common`, or in `common/src/common`.
    const beside = ['', 'src', head, `${head}/src`];
    for (const folder of folders)
      for (const below of beside) {
        const path = fileIn(inside(folder, below));
        if (path !== undefined) return [path];
      }
    const found = new Set<string>();
    for (const manifest of this.#installed) {
      const folder = folderOf(manifest);
      const path = fileIn(folder) ?? fileIn(inside(folder, 'src'));
      if (path !== undefined) found.add(path);
    }
    if (found.size === 0)
      for (const place of this.#besideInImages(from)) {
        const path = fileIn(place);
        if (path !== undefined) found.add(path);
      }
    // A name that several have is not known to be that of the one or the other.
    return found.size === 1 ? [...found] : [];
  }

  /** The folders that images put to the same place as the one that a file lies in: `COPY ./cart/app /app`, `COPY ./common /app`. */
  #besideInImages(from: string): readonly string[] {
    return [...this.#images].flatMap(([image, places]) =>
      places.flatMap(copied => {
        for (const context of foldersUp(folderOf(image))) {
          const folders = copied.flatMap(each => joinPath(context, `./${each}`) ?? []);
          const others = folders.filter(each => !isInside(from, each));
          if (others.length < folders.length) return others;
        }
        return [];
      }),
    );
  }

  #fileAt(folder: string, name: string): string | undefined {
    const path = inside(folder, name);
    return [`${path}.py`, inside(path, '__init__.py')].find(each => this.#files.has(each));
  }

  #names(): ReadonlyMap<string, ReadonlySet<string>> {
    const named = new Map<string, Set<string>>();
    const add = (path: string) => {
      const folder = folderOf(path);
      const name = folder === '' ? path : path.slice(folder.length + 1);
      addToSet(named, name, folder);
    };
    const folders = new Set<string>();
    for (const path of this.#files.keys()) {
      if (!path.endsWith('.py')) continue;
      add(path.slice(0, -'.py'.length));
      for (const folder of foldersUp(folderOf(path))) {
        if (folder === '' || folders.has(folder)) break;
        folders.add(folder);
        add(folder);
      }
    }
    return named;
  }
}

function inside(folder: string, name: string): string {
  return folder === '' || name === '' ? folder + name : `${folder}/${name}`;
}
