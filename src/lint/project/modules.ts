import { addToSet } from '../../base/groups.ts';
import { folderOf, foldersUp, isInside, joinPath } from './paths.ts';
import { PythonModules } from './pythonModules.ts';
import type { ConfigFacts, FileSummary } from './types.ts';

const indexNames = ['index', 'src/index', 'lib/index', 'src/main', 'main'];

/** The files of a module, or the folder with all of them. */
interface Place {
  readonly folder?: string;
  readonly paths: readonly string[];
}

const nowhere: Place = { paths: [] };
/** More files behind one are no longer followed. */
const mostBehind = 5_000;

/** Which files of the project a module is that another one imports. Files and packages come and go. */
export class Modules {
  readonly #files: ReadonlyMap<string, FileSummary>;
  /** Names of packages (npm, Go) → folders: a program may have a copy of one for itself. */
  readonly #packages = new Map<string, Set<string>>();
  /** Of scripts: what an import can call them → path. */
  readonly #scripts = new Map<string, Set<string>>();
  readonly #goFolders = new Map<string, Set<string>>();
  readonly #namespaces = new Map<string, Set<string>>();
  readonly #python: PythonModules;

  /** What a file says something about → path. */
  readonly #defining = new Map<string, Set<string>>();
  /** Files that pass on all that others export → the modules of these. */
  readonly #passing = new Map<string, readonly string[]>();
  /** Since they changed: such a file → the files behind it. */
  readonly #behind = new Map<string, readonly string[]>();
  /** What was missing among these: a file that is added may be it. */
  readonly #awaited = new Set<string>();
  /** Since the last change: language and folder of the importing file → module → where it is. */
  readonly #resolved = new Map<string, Map<string, Place>>();
  /** Files ask about their imports one after the other: the last one, and what is resolved for it. */
  #last: { readonly from: string; readonly places: Map<string, Place> } | undefined;

  constructor(files: ReadonlyMap<string, FileSummary>) {
    this.#files = files;
    this.#python = new PythonModules(files);
  }

  add(file: FileSummary): void {
    this.#forgetPlaces();
    this.#python.forget();
    for (const { map, key } of this.#groupsOf(file)) addToSet(map, key, file.path);
    this.#noteNames(file);
  }

  remove(file: FileSummary): void {
    this.#forgetPlaces();
    this.#python.forget();
    this.#behind.clear();
    for (const { map, key } of this.#groupsOf(file)) map.get(key)?.delete(file.path);
    this.#forgetNames(file);
  }

  /** The same file with other content. */
  replace(before: FileSummary, after: FileSummary): void {
    if (before.packageName !== after.packageName) {
      this.remove(before);
      this.add(after);
      return;
    }
    this.#forgetNames(before);
    this.#noteNames(after);
  }

  addPackage(name: string, folder: string): void {
    this.#forgetPlaces();
    this.#behind.clear();
    addToSet(this.#packages, name, folder);
  }

  removePackage(name: string, folder: string): void {
    this.#forgetPlaces();
    this.#behind.clear();
    this.#packages.get(name)?.delete(folder);
  }

  /** @param manifest a `pyproject.toml` or `setup.py` */
  addPythonPackage(manifest: string): void {
    this.#forgetPlaces();
    this.#behind.clear();
    this.#python.addPackage(manifest);
  }

  removePythonPackage(manifest: string): void {
    this.#forgetPlaces();
    this.#behind.clear();
    this.#python.removePackage(manifest);
  }

  addImage(dockerfile: ConfigFacts): void {
    this.#forgetPlaces();
    this.#behind.clear();
    this.#python.addImage(dockerfile);
  }

  removeImage(dockerfile: ConfigFacts): void {
    this.#forgetPlaces();
    this.#behind.clear();
    this.#python.removeImage(dockerfile.path);
  }

  /**
   * The files of a module; several for a package of Go, Java or C#, and for an npm package whose entry is not found.
   * @param module as written; `.` for what a Go file shares with the others of its folder
   */
  resolve(from: string, module: string): readonly string[] {
    const place = this.#placeOf(from, module);
    if (place.folder === undefined) return place.paths;
    const { folder } = place;
    return [...this.#files.keys()].filter(path => isIn(path, folder));
  }

  /** Whether a module is one of the project. */
  has(from: string, module: string): boolean {
    const { folder, paths } = this.#placeOf(from, module);
    return folder !== undefined || paths.length > 0;
  }

  /** The files that may say what a name of a module stands for: its own, and those whose exports it passes on. */
  defining(from: string, module: string, name: string): readonly string[] {
    const { folder, paths } = this.#placeOf(from, module);
    const defining = this.#defining.get(name);
    if (defining === undefined) return [];
    if (folder !== undefined) return [...defining].filter(path => isIn(path, folder));
    const found = paths.filter(path => defining.has(path));
    if (found.length > 0) return found;
    return paths.flatMap(path =>
      this.#passing.has(path) ? this.#filesBehind(path).filter(other => defining.has(other)) : [],
    );
  }

  /** The files whose exports a file passes on, and those behind them. */
  #filesBehind(path: string): readonly string[] {
    let behind = this.#behind.get(path);
    if (behind === undefined) {
      const seen = new Set([path]);
      // A set goes on with what is added while it is walked.
      for (const each of seen)
        for (const module of this.#passing.get(each) ?? []) {
          const { paths } = this.#placeOf(each, module);
          if (paths.length === 0) this.#awaited.add(lastSegment(module));
          for (const next of paths) if (seen.size < mostBehind) seen.add(next);
        }
      seen.delete(path);
      behind = [...seen];
      this.#behind.set(path, behind);
    }
    return behind;
  }

  /** The same for all files that mean the same files by it; undefined for one that is itself among these. */
  sharedKey(from: string, module: string): string | undefined {
    const { folder, paths } = this.#placeOf(from, module);
    const isPart = folder === undefined ? paths.includes(from) : isIn(from, folder);
    return isPart ? undefined : keyOf(from, module);
  }

  #placeOf(from: string, module: string): Place {
    if (this.#last?.from !== from) this.#last = { from, places: this.#placesFor(from) };
    const { places } = this.#last;
    let place = places.get(module);
    if (place === undefined) places.set(module, (place = this.#resolve(languageOfPath(from), from, module)));
    return place;
  }

  #placesFor(from: string): Map<string, Place> {
    const key = `${languageOfPath(from)} ${folderOf(from)}`;
    let places = this.#resolved.get(key);
    if (places === undefined) this.#resolved.set(key, (places = new Map()));
    return places;
  }

  #forgetPlaces(): void {
    this.#resolved.clear();
    this.#last = undefined;
  }

  #noteNames(file: FileSummary): void {
    for (const name of namesOf(file)) addToSet(this.#defining, name, file.path);
    const modules = passedOn(file);
    if (modules.length > 0) this.#passing.set(file.path, modules);
    if (modules.length > 0 || this.#isAwaited(file.path)) this.#behind.clear();
  }

  #forgetNames(file: FileSummary): void {
    for (const name of namesOf(file)) this.#defining.get(name)?.delete(file.path);
    if (this.#passing.delete(file.path)) this.#behind.clear();
  }

  #isAwaited(path: string): boolean {
    if (this.#awaited.size === 0) return false;
    const stem = withoutEnding(path).replace(/\.py$/, '');
    return this.#awaited.has(lastSegment(stem)) || this.#awaited.has(lastSegment(folderOf(stem)));
  }

  #resolve(language: ModuleLanguage, from: string, module: string): Place {
    switch (language) {
      case 'go':
        return { paths: this.#goPackage(from, module) };
      case 'python':
        return { paths: this.#python.resolve(from, module) };
      case 'java':
      case 'csharp':
        return { paths: [...(this.#namespaces.get(`${language} ${module}`) ?? [])] };
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
    const known = module === '.' ? undefined : this.#packageOf(from, module);
    const folder = module === '.' ? folderOf(from) : known && joinPath(known.folder, `./${known.inside}`);
    return folder === undefined ? [] : [...(this.#goFolders.get(folder) ?? [])];
  }

  /** `github.com/acme/shop/common/log` → `common/log` of the package `github.com/acme/shop`. */
  #packageOf(from: string, module: string): { folder: string; inside: string } | undefined {
    for (let name = module; name !== ''; name = folderOfModule(name)) {
      const folder = nearest(from, this.#packages.get(name) ?? []);
      if (folder !== undefined) return { folder, inside: module.slice(name.length + 1) };
    }
    return undefined;
  }

  #script(from: string, module: string): Place {
    if (module.startsWith('.')) return { paths: this.#scriptAt(joinPath(folderOf(from), module)) };
    const known = this.#packageOf(from, module);
    if (known !== undefined) return this.#inScriptPackage(known.folder, known.inside);
    // A scope with a path of at least two may be an alias: `@shop/telemetry/tracing`.
    const alias = /^(?:[@~#]\/|[#~]|src\/|@[\w-]+\/(?=[\w-]+\/[\w-]))(?=[\w(])/.exec(module);
    if (alias !== null) return this.#aliased(from, module.slice(alias[0].length));
    // `@services/tracing`, and `services/tracing` below a `baseUrl`: what is there by that name is meant.
    const path = /^@?([\w-]+\/[\w-].*)$/.exec(module)?.[1];
    return path === undefined ? nowhere : this.#aliased(from, path);
  }

  #aliased(from: string, rest: string): Place {
    for (const folder of foldersUp(folderOf(from)))
      for (const place of ['src', '', 'app']) {
        const found = this.#scriptAt(joinPath(folder, `./${place}/${rest}`));
        if (found.length > 0) return { paths: found };
      }
    return nowhere;
  }

  #inScriptPackage(folder: string, inside: string): Place {
    // `@shop/common/build/tracing` is made of `src/tracing`.
    const source = inside.replace(/^(?:build|dist|lib|out)\//, '');
    const names =
      inside === '' ? indexNames : [`src/${inside}`, inside, `lib/${inside}`, `src/${source}`, source];
    for (const name of names) {
      const found = this.#scriptAt(joinPath(folder, `./${name}`));
      if (found.length > 0) return { paths: found };
    }
    // Its entry is elsewhere (`exports`, a build): all that is in it may be meant. The root holds other packages.
    return folder === '' ? nowhere : { folder, paths: [] };
  }

  /** `./a.js` is what TypeScript writes for `./a.ts`; a file goes before the folder of the same name. */
  #scriptAt(place: string | undefined): readonly string[] {
    if (place === undefined) return [];
    const [path] = [...(this.#scripts.get(place) ?? []), ...(this.#scripts.get(withoutEnding(place)) ?? [])];
    return path === undefined ? [] : [path];
  }
}

/** The folder with the shortest way down from one around the file; of several the one beside the file. */
function nearest(from: string, folders: Iterable<string>): string | undefined {
  let found: string | undefined;
  let least: readonly [down: number, up: number] = [Infinity, Infinity];
  for (const folder of folders) {
    const [segments, others] = [segmentsOf(folder), segmentsOf(folderOf(from))];
    const differs = segments.findIndex((each, index) => each !== others[index]);
    const shared = differs < 0 ? segments.length : differs;
    const way = [segments.length - shared, others.length - shared] as const;
    if (way[0] < least[0] || (way[0] === least[0] && way[1] < least[1])) {
      found = folder;
      least = way;
    }
  }
  return found;
}

function segmentsOf(folder: string): readonly string[] {
  return folder === '' ? [] : folder.split('/');
}

function keyOf(from: string, module: string): string {
  return `${languageOfPath(from)} ${module} ${folderOf(from)}`;
}

/** First segments of what a file exports, or could. */
function namesOf({ functions, values, exports, embedded }: FileSummary): Set<string> {
  const names = new Set([...[...values.keys()].map(headOf), ...exports.keys(), ...embedded.keys()]);
  for (const { name } of functions) names.add(headOf(name));
  return names;
}

/** Modules of `export * from './stock'` and `from .stock import *`. */
function passedOn({ exports }: FileSummary): string[] {
  const modules: string[] = [];
  for (const [key, all] of exports) if (key.startsWith('* ')) modules.push(all.slice(0, -'#*'.length));
  return modules;
}

/** `./stock.js` → `stock` */
function lastSegment(module: string): string {
  return withoutEnding(module.slice(module.lastIndexOf('/') + 1)).replace(/^.*\.(?=\w+$)/, '');
}

function headOf(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? name : name.slice(0, dot);
}

/** Scripts of a package. */
function isIn(path: string, folder: string): boolean {
  return isInside(path, folder) && languageOfPath(path) === 'javascript';
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
