import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { configurationFormat } from '../lint/project/configKind.ts';
import { baseName, isAbsolute, normalizePath } from '../locate/paths.ts';
import type { PackageFolder, SourceFile, SourceFiles } from '../locate/sourceFiles.ts';
import { GitIgnore } from './gitIgnore.ts';
import { pathOfUri, uriOfPath } from './uris.ts';

/** Folders that hold nobody's own code: libraries, build output, caches. */
const skippedFolders = new Set(
  (
    'node_modules bower_components vendor dist build out target bin obj coverage .git .hg .svn .venv venv env ' +
    '.tox .mypy_cache .pytest_cache .ruff_cache __pycache__ .next .nuxt .output .svelte-kit .turbo .cache ' +
    '.parcel-cache .gradle .idea .vscode-test .yarn .pnpm-store .terraform site-packages storybook-static tmp'
  ).split(' '),
);
const sourceFile = /\.(?:[cm]?[jt]sx?|pyi?|go|java|kt|scala|groovy|cs|fs|vb|php|rb|rs|exs?|erl|vue|svelte)$/;
const manifests = new Set([
  'package.json',
  'go.mod',
  'pyproject.toml',
  'setup.py',
  'pom.xml',
  'Cargo.toml',
  'composer.json',
]);

/** Settings of the linter. */
const settingsFile = 'spanline.json';
/** Named by `.gitignore` almost always, and yet they say how the program runs here. */
const localEnvironment = /^\.env(?:\..+)?$/;

/** More files than this are not listed: such a folder is no project. */
const maxFiles = 50_000;
const maxConfigurations = 10_000;
const maxSourceBytes = 1_000_000;
const maxManifestBytes = 1_000_000;
/** Directories read between two turns of the event loop. */
const slice = 20;

interface Folder {
  /** Absolute. */
  readonly path: string;
  /** What paths of its files begin with: '' for the only folder, else its name, which no other folder has. */
  readonly prefix: string;
}

/**
 * The source and configuration files below the workspace's folders, without what `.gitignore` names; read from disk,
 * open documents from the editor.
 */
export class WorkspaceFiles implements SourceFiles {
  readonly ignoreCase = process.platform === 'win32' || process.platform === 'darwin';
  readonly #openText: (absolutePath: string) => string | undefined;
  readonly #files = new Map<string, SourceFile>();
  readonly #configurations = new Map<string, SourceFile>();
  readonly #byBaseName = new Map<string, Set<SourceFile>>();
  readonly #packages = new Map<string, PackageFolder>();
  readonly #gitIgnore = new GitIgnore();
  #folders: readonly Folder[] = [];

  /** @param openText the text of a document that the editor holds */
  constructor(openText: (absolutePath: string) => string | undefined) {
    this.#openText = openText;
  }

  get packages(): readonly PackageFolder[] {
    return [...this.#packages.values()];
  }

  /** All source files, in the order in which they were found. */
  get all(): readonly SourceFile[] {
    return [...this.#files.values()];
  }

  /** All configuration files and `spanline.json` files, in the order in which they were found. */
  get configurations(): readonly SourceFile[] {
    return [...this.#configurations.values()];
  }

  /** Lists the folders anew. Reading stops when `signal` aborts. */
  async scan(folderUris: readonly string[], signal: AbortSignal): Promise<void> {
    this.#folders = namedFolders(folderUris.flatMap(uri => pathOfUri(uri)?.replace(/\/$/, '') ?? []));
    this.#files.clear();
    this.#configurations.clear();
    this.#gitIgnore.clear();
    this.#byBaseName.clear();
    this.#packages.clear();
    const queue = this.#folders.map(({ path }) => path);
    for (let at = 0; at < queue.length && this.#files.size < maxFiles && !signal.aborted; at++) {
      await this.#readFolder(queue[at], queue);
      if (at % slice === slice - 1) await nextTurn();
    }
  }

  /** Takes note of a file that was made, changed or deleted; the file if it is listed and exists. */
  async update(uri: string): Promise<SourceFile | undefined> {
    const path = pathOfUri(uri);
    if (path === undefined || this.#isSkipped(path)) return undefined;
    const exists = await isFile(path);
    if (exists && manifests.has(baseName(path))) await this.#addPackage(path);
    if (exists) return this.#add(path);
    this.#remove(path);
    return undefined;
  }

  /** The listed file of a document. */
  fileOf(uri: string): SourceFile | undefined {
    const path = pathOfUri(uri);
    return path === undefined ? undefined : (this.#files.get(path) ?? this.#configurations.get(path));
  }

  /** The document of a path as `SourceFile.path` has it; undefined outside of the workspace. */
  uriOf(path: string): string | undefined {
    const folder = this.#folders.find(({ prefix }) => prefix === '' || path.startsWith(`${prefix}/`));
    if (folder === undefined) return undefined;
    return uriOfPath(folder.path + (folder.prefix === '' ? `/${path}` : path.slice(folder.prefix.length)));
  }

  /** What paths of the files in a workspace folder begin with, without `/`; undefined if it is none. */
  folderPath(folderUri: string): string | undefined {
    const path = pathOfUri(folderUri)?.replace(/\/$/, '');
    return this.#folders.find(folder => folder.path === path)?.prefix;
  }

  withBaseName(name: string): readonly SourceFile[] {
    return [...(this.#byBaseName.get(this.#key(name)) ?? [])];
  }

  async at(absolutePath: string): Promise<SourceFile | undefined> {
    const path = normalizePath(absolutePath);
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    if (!isAbsolute(path) || this.#folderOf(path) === undefined || !(await isFile(path))) return undefined;
    return this.#describe(path);
  }

  async read(file: SourceFile, maxBytes = maxSourceBytes): Promise<string | undefined> {
    const open = this.#openText(file.absolutePath);
    if (open !== undefined) return open.length <= maxBytes ? open : undefined;
    try {
      const { size } = await stat(file.absolutePath);
      return size <= maxBytes ? await readFile(file.absolutePath, 'utf8') : undefined;
    } catch {
      return undefined;
    }
  }

  async stamp(file: SourceFile): Promise<string | undefined> {
    try {
      const { mtimeMs, size } = await stat(file.absolutePath);
      return `${mtimeMs}:${size}`;
    } catch {
      return undefined;
    }
  }

  async #readFolder(folder: string, queue: string[]): Promise<void> {
    const entries = await entriesOf(folder);
    if (entries.some(({ name }) => name === '.gitignore')) await this.#gitIgnore.read(folder);
    for (const entry of entries) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name) && !this.#gitIgnore.names(`${path}/`)) queue.push(path);
      } else if (entry.isFile() && isListed(path) && !this.#isIgnored(path)) {
        if (manifests.has(entry.name)) await this.#addPackage(path);
        this.#add(path);
      }
    }
  }

  #add(path: string): SourceFile | undefined {
    if (isConfiguration(path) && this.#configurations.size < maxConfigurations) {
      const file = this.#configurations.get(path) ?? this.#describe(path);
      this.#configurations.set(path, file);
      if (!sourceFile.test(path)) return file;
    }
    return sourceFile.test(path) ? this.#addSource(path) : undefined;
  }

  #addSource(path: string): SourceFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = this.#describe(path);
    this.#files.set(path, file);
    const key = this.#key(baseName(path));
    const same = this.#byBaseName.get(key);
    if (same === undefined) this.#byBaseName.set(key, new Set([file]));
    else same.add(file);
    return file;
  }

  #remove(path: string): void {
    this.#configurations.delete(path);
    const known = this.#files.get(path);
    if (known === undefined) return;
    this.#files.delete(path);
    this.#byBaseName.get(this.#key(baseName(path)))?.delete(known);
  }

  #describe(path: string): SourceFile {
    const folder = this.#folderOf(path);
    const inside = folder === undefined ? path.slice(1) : path.slice(folder.path.length + 1);
    const prefix = folder === undefined || folder.prefix === '' ? '' : `${folder.prefix}/`;
    return { uri: uriOfPath(path), absolutePath: path, path: prefix + inside };
  }

  /** Of nested folders the inner one. */
  #folderOf(path: string): Folder | undefined {
    return this.#folders
      .filter(folder => path.startsWith(`${folder.path}/`))
      .sort((a, b) => b.path.length - a.path.length)[0];
  }

  #isSkipped(path: string): boolean {
    const folder = this.#folderOf(path);
    if (folder === undefined || !isListed(path)) return true;
    const folders = path
      .slice(folder.path.length + 1)
      .split('/')
      .slice(0, -1);
    let above = folder.path;
    for (const name of folders) {
      above = `${above}/${name}`;
      if (skippedFolders.has(name) || this.#gitIgnore.names(`${above}/`)) return true;
    }
    return this.#isIgnored(path);
  }

  #isIgnored(path: string): boolean {
    return !localEnvironment.test(baseName(path)) && this.#gitIgnore.names(path);
  }

  async #addPackage(manifest: string): Promise<void> {
    const absolutePath = manifest.slice(0, manifest.lastIndexOf('/'));
    const name = (await manifestName(manifest)) ?? baseName(absolutePath);
    this.#packages.set(absolutePath, { absolutePath, name });
  }

  #key(name: string): string {
    return this.ignoreCase ? name.toLowerCase() : name;
  }
}

/** A folder that is the only one needs no name; of several with the same name the later ones are numbered. */
function namedFolders(paths: readonly string[]): Folder[] {
  if (paths.length === 1) return [{ path: paths[0], prefix: '' }];
  const taken = new Set<string>();
  return paths.map(path => {
    const name = baseName(path);
    let prefix = name;
    for (let number = 2; taken.has(prefix); number++) prefix = `${name}-${number}`;
    taken.add(prefix);
    return { path, prefix };
  });
}

function isListed(path: string): boolean {
  return sourceFile.test(path) || isConfiguration(path);
}

function isConfiguration(path: string): boolean {
  return configurationFormat(path) !== undefined || baseName(path) === settingsFile;
}

/** A folder that cannot be read (permission, gone meanwhile) has no entries. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The name in a manifest, if it is written where one expects it. */
async function manifestName(manifest: string): Promise<string | undefined> {
  try {
    if ((await stat(manifest)).size > maxManifestBytes) return undefined;
    const text = await readFile(manifest, 'utf8');
    const pattern = manifest.endsWith('go.mod')
      ? /^module\s+"?([^\s"]+)/m
      : manifest.endsWith('.json')
        ? /"name"\s*:\s*"([^"]+)"/
        : manifest.endsWith('pom.xml')
          ? /<artifactId>([^<]+)<\/artifactId>/
          : /^\s*name\s*=\s*["']([^"']+)["']/m;
    return pattern.exec(text)?.[1];
  } catch {
    return undefined;
  }
}
