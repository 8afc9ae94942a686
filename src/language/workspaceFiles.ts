import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { baseName, isAbsolute, normalizePath } from '../locate/paths.ts';
import type { PackageFolder, SourceFile, SourceFiles } from '../locate/sourceFiles.ts';
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

/** More files than this are not listed: such a folder is no project. */
const maxFiles = 50_000;
const maxSourceBytes = 1_000_000;
const maxManifestBytes = 1_000_000;
/** Directories read between two turns of the event loop. */
const slice = 20;

/** The source files below the workspace's folders, read from disk; open documents are read from the editor. */
export class WorkspaceFiles implements SourceFiles {
  readonly ignoreCase = process.platform === 'win32' || process.platform === 'darwin';
  readonly #openText: (absolutePath: string) => string | undefined;
  readonly #files = new Map<string, SourceFile>();
  readonly #byBaseName = new Map<string, Set<SourceFile>>();
  readonly #packages = new Map<string, PackageFolder>();
  #folders: string[] = [];

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

  /** Lists the folders anew. Reading stops when `signal` aborts. */
  async scan(folderUris: readonly string[], signal: AbortSignal): Promise<void> {
    this.#folders = folderUris.flatMap(uri => pathOfUri(uri)?.replace(/\/$/, '') ?? []);
    this.#files.clear();
    this.#byBaseName.clear();
    this.#packages.clear();
    const queue = [...this.#folders];
    for (let at = 0; at < queue.length && this.#files.size < maxFiles && !signal.aborted; at++) {
      await this.#readFolder(queue[at], queue);
      if (at % slice === slice - 1) await nextTurn();
    }
  }

  /** Takes note of a file that was made, changed or deleted; the file if it is a source file that exists. */
  async update(uri: string): Promise<SourceFile | undefined> {
    const path = pathOfUri(uri);
    if (path === undefined || this.#isSkipped(path)) return undefined;
    const exists = await isFile(path);
    if (manifests.has(baseName(path)) && exists) await this.#addPackage(path);
    if (!sourceFile.test(path)) return undefined;
    if (exists) return this.#add(path);
    this.#remove(path);
    return undefined;
  }

  /** The listed file of a document. */
  fileOf(uri: string): SourceFile | undefined {
    const path = pathOfUri(uri);
    return path === undefined ? undefined : this.#files.get(path);
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
    for (const entry of await entriesOf(folder)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) queue.push(path);
      } else if (entry.isFile()) {
        if (manifests.has(entry.name)) await this.#addPackage(path);
        if (sourceFile.test(entry.name)) this.#add(path);
      }
    }
  }

  #add(path: string): SourceFile {
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
    const known = this.#files.get(path);
    if (known === undefined) return;
    this.#files.delete(path);
    this.#byBaseName.get(this.#key(baseName(path)))?.delete(known);
  }

  #describe(path: string): SourceFile {
    const folder = this.#folderOf(path) ?? '';
    return { uri: uriOfPath(path), absolutePath: path, path: path.slice(folder.length + 1) };
  }

  /** Of nested folders the inner one. */
  #folderOf(path: string): string | undefined {
    return this.#folders
      .filter(folder => path.startsWith(`${folder}/`))
      .sort((a, b) => b.length - a.length)[0];
  }

  #isSkipped(path: string): boolean {
    const folder = this.#folderOf(path);
    if (folder === undefined) return true;
    return path
      .slice(folder.length + 1)
      .split('/')
      .slice(0, -1)
      .some(segment => skippedFolders.has(segment));
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
