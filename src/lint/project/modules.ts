import { folderOf, foldersUp, isInside, joinPath } from './paths.ts';
import type { FileSummary } from './types.ts';

const indexNames = ['index', 'src/index', 'lib/index', 'src/main', 'main'];

/** Which files of the project a module is that another one imports. Files and packages come and go. */
export class Modules {
  readonly #files: ReadonlyMap<string, FileSummary>;
  /** Names of packages (npm, Go) → folder. */
  readonly #packages = new Map<string, string>();
  /** Of scripts: what an import can call them → path. */
  readonly #scripts = new Map<string, Set<string>>();
  readonly #goFolders = new Map<string, Set<string>>();
  readonly #namespaces = new Map<string, Set<string>>();

  /** Since the last change: folder and module → files. */
  readonly #resolved = new Map<string, readonly string[]>();

  constructor(files: ReadonlyMap<string, FileSummary>) {
    this.#files = files;
  }

  add(file: FileSummary): void {
    this.#resolved.clear();
    for (const { map, key } of this.#groupsOf(file)) {
      const paths = map.get(key);
      if (paths === undefined) map.set(key, new Set([file.path]));
      else paths.add(file.path);
    }
  }

  remove(file: FileSummary): void {
    this.#resolved.clear();
    for (const { map, key } of this.#groupsOf(file)) map.get(key)?.delete(file.path);
  }

  addPackage(name: string, folder: string): void {
    this.#resolved.clear();
    this.#packages.set(name, folder);
  }

  removePackage(name: string, folder: string): void {
    this.#resolved.clear();
    if (this.#packages.get(name) === folder) this.#packages.delete(name);
  }

  /**
   * The files of a module; several for a package of Go, Java or C#, and for an npm package whose entry is not found.
   * @param module as written; `.` for what a Go file shares with the others of its folder
   */
  resolve(from: string, module: string): readonly string[] {
    const language = languageOfPath(from);
    const key = `${language} ${module} ${folderOf(from)}`;
    let found = this.#resolved.get(key);
    if (found === undefined) {
      found = this.#resolve(language, from, module);
      this.#resolved.set(key, found);
    }
    return found;
  }

  #resolve(language: ModuleLanguage, from: string, module: string): readonly string[] {
    switch (language) {
      case 'go':
        return this.#goPackage(from, module);
      case 'python':
        return this.#pythonModule(from, module);
      case 'java':
      case 'csharp':
        return [...(this.#namespaces.get(`${language} ${module}`) ?? [])];
      default:
        return this.#script(from, module);
    }
  }

  /** The names under which imports find a file. */
  #groupsOf({ path, language, packageName }: FileSummary): { map: Map<string, Set<string>>; key: string }[] {
    switch (languageOfPath(path)) {
      case 'go':
        return [{ map: this.#goFolders, key: folderOf(path) }];
      case 'python':
        return [];
      case 'java':
      case 'csharp':
        return packageName === '' ? [] : [{ map: this.#namespaces, key: `${language} ${packageName}` }];
      default: {
        const stem = withoutEnding(path);
        const names = /(?:^|\/)index$/.test(stem) ? [stem, folderOf(path)] : [stem];
        return names.map(key => ({ map: this.#scripts, key }));
      }
    }
  }

  #goPackage(from: string, module: string): readonly string[] {
    const known = module === '.' ? undefined : this.#packageOf(module);
    const folder = module === '.' ? folderOf(from) : known && joinPath(known.folder, `./${known.inside}`);
    return folder === undefined ? [] : [...(this.#goFolders.get(folder) ?? [])];
  }

  /** `github.com/acme/shop/common/log` → `common/log` of the package `github.com/acme/shop`. */
  #packageOf(module: string): { folder: string; inside: string } | undefined {
    for (let name = module; name !== ''; name = folderOfModule(name)) {
      const folder = this.#packages.get(name);
      if (folder !== undefined) return { folder, inside: module.slice(name.length + 1) };
    }
    return undefined;
  }

  /** Relative ones by their dots; others from any folder above, which may be on the path. */
  #pythonModule(from: string, module: string): readonly string[] {
    const dots = /^\.+/.exec(module)?.[0].length ?? 0;
    const name = module.slice(dots).replaceAll('.', '/');
    const folders = [...foldersUp(folderOf(from))];
    const places = dots > 0 ? folders.slice(dots - 1, dots) : folders.flatMap(each => [each, `${each}/src`]);
    for (const place of places)
      for (const ending of name === '' ? ['/__init__.py'] : ['.py', '/__init__.py']) {
        const path = joinPath(place, `./${name}${ending}`);
        if (path !== undefined && this.#files.has(path)) return [path];
      }
    return [];
  }

  #script(from: string, module: string): readonly string[] {
    if (module.startsWith('.')) return this.#scriptAt(joinPath(folderOf(from), module));
    const known = this.#packageOf(module);
    if (known !== undefined) return this.#inScriptPackage(known.folder, known.inside);
    const alias = /^(?:[@~#]\/|[#~]|src\/)(?=[\w(])/.exec(module);
    if (alias === null) return [];
    const rest = module.slice(alias[0].length);
    for (const folder of foldersUp(folderOf(from)))
      for (const place of ['src', '', 'app']) {
        const found = this.#scriptAt(joinPath(folder, `./${place}/${rest}`));
        if (found.length > 0) return found;
      }
    return [];
  }

  #inScriptPackage(folder: string, inside: string): readonly string[] {
    const names = inside === '' ? indexNames : [`src/${inside}`, inside, `lib/${inside}`];
    for (const name of names) {
      const found = this.#scriptAt(joinPath(folder, `./${name}`));
      if (found.length > 0) return found;
    }
    // Its entry is elsewhere (`exports`, a build): all that is in it may be meant. The root holds other packages.
    if (folder === '') return [];
    return [...this.#files.values()]
      .filter(({ path }) => isInside(path, folder) && languageOfPath(path) === 'javascript')
      .map(({ path }) => path);
  }

  /** `./a.js` is what TypeScript writes for `./a.ts`; a file goes before the folder of the same name. */
  #scriptAt(place: string | undefined): readonly string[] {
    if (place === undefined) return [];
    const [path] = [...(this.#scripts.get(place) ?? []), ...(this.#scripts.get(withoutEnding(place)) ?? [])];
    return path === undefined ? [] : [path];
  }
}

function withoutEnding(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, '');
}

type ModuleLanguage = 'javascript' | 'python' | 'go' | 'java' | 'csharp';

/** Whose modules a file imports. */
function languageOfPath(path: string): ModuleLanguage {
  switch (path.slice(path.lastIndexOf('.'))) {
    case '.py':
      return 'python';
    case '.go':
      return 'go';
    case '.java':
      return 'java';
    case '.cs':
      return 'csharp';
    default:
      return 'javascript';
  }
}

function folderOfModule(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}
