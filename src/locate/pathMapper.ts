import {
  baseName,
  equalTail,
  isAbsolute,
  isInLibraryFolder,
  isLibraryPath,
  normalizePath,
  otherSpelling,
  segmentsOf,
} from './paths.ts';
import type { SourceFile, SourceFiles } from './sourceFiles.ts';

export interface MappedFile {
  readonly file: SourceFile;
  /** That this is the file that ran, 0–1. */
  readonly confidence: number;
}

/** Whether something known of the span is also found in the file, at the line or by name. */
export type Proof = (file: SourceFile) => Promise<boolean>;

/** A path with fewer equal segments at its end belongs to another project in up to one of ten cases. */
const safeTail = 3;
const maxPathLength = 4_096;
const maxServices = 500;
const maxPrefixes = 50;

/**
 * Runtime path → workspace file: the same path, a Go module's path, a prefix learned for the service, the longest
 * equal end. Two runtime roots of a service that lead to two folders cancel each other.
 */
export class PathMapper {
  readonly #files: SourceFiles;
  /** Service → runtime prefix → workspace prefix → files that spoke for it. */
  readonly #votes = new Map<string, Map<string, Map<string, Set<string>>>>();

  constructor(files: SourceFiles) {
    this.#files = files;
  }

  /** Best first; empty for libraries and for what is not in the workspace. */
  async map(raw: string, service: string, proof: Proof): Promise<MappedFile[]> {
    if (raw.length > maxPathLength) return [];
    const path = normalizePath(raw);
    const exact = await this.#exact(path);
    if (exact !== undefined) return isInLibraryFolder(exact.path) ? [] : [{ file: exact, confidence: 0.98 }];
    const inModule = await this.#inGoModule(path);
    if (inModule !== undefined) return [{ file: inModule, confidence: 0.97 }];
    if (isLibraryPath(path)) return [];
    const learned = await this.#learned(path, service);
    if (learned !== undefined) return [{ file: learned, confidence: 0.95 }];
    return this.#byTail(path, service, proof);
  }

  /** Workspace folders that the service's files were found in, each with a `/` at the end. */
  learnedFolders(service: string): string[] {
    const prefixes = [...(this.#votes.get(service)?.values() ?? [])];
    return prefixes.flatMap(targets => [...targets.keys()]).filter(folder => folder !== '');
  }

  /** Forgets what was learned: after files have moved. */
  clear(): void {
    this.#votes.clear();
  }

  async #exact(path: string): Promise<SourceFile | undefined> {
    if (!isAbsolute(path)) return undefined;
    const other = otherSpelling(path);
    return (await this.#files.at(path)) ?? (other === undefined ? undefined : await this.#files.at(other));
  }

  /** `go build -trimpath` writes `example.com/module/folder/file.go`. */
  async #inGoModule(path: string): Promise<SourceFile | undefined> {
    if (!path.endsWith('.go') || isAbsolute(path)) return undefined;
    const module = this.#files.packages
      .filter(({ name }) => path.startsWith(`${name}/`))
      .sort((a, b) => b.name.length - a.name.length)[0];
    return module && this.#files.at(`${module.absolutePath}${path.slice(module.name.length)}`);
  }

  async #learned(path: string, service: string): Promise<SourceFile | undefined> {
    for (const [prefix, targets] of this.#votes.get(service) ?? []) {
      const [[folder, voters]] = targets;
      if (targets.size !== 1 || voters.size < 2 || !path.startsWith(prefix)) continue;
      const file = await this.#files.at(folder + path.slice(prefix.length));
      if (file !== undefined) return file;
    }
    return undefined;
  }

  async #byTail(path: string, service: string, proof: Proof): Promise<MappedFile[]> {
    const segments = segmentsOf(path);
    const ranked = this.#files
      .withBaseName(baseName(path))
      .map(file => ({
        file,
        tail: equalTail(segments, segmentsOf(file.absolutePath), this.#files.ignoreCase),
      }))
      .sort((a, b) => b.tail - a.tail);
    const longest = ranked[0]?.tail ?? 0;
    const best = ranked.filter(({ tail }) => tail === longest).map(({ file }) => file);
    if (best.length === 0) return [];
    const whole = longest === segments.length && longest >= 2 && !isAbsolute(path);
    const safe = longest >= safeTail || whole;
    if (best.length === 1) {
      const [file] = best;
      if (safe) this.#learn(service, path, file, longest);
      if (safe) return [{ file, confidence: 0.93 }];
      const proven = await proof(file);
      if (longest >= 2) return [{ file, confidence: proven ? 0.85 : 0.7 }];
      return proven ? [{ file, confidence: 0.4 }] : [];
    }
    const home = best.filter(({ absolutePath }) =>
      serviceFolders(this.#files, service).some(folder => absolutePath.startsWith(folder)),
    );
    if (home.length === 1 && safe) return [{ file: home[0], confidence: 0.9 }];
    const proofs = await Promise.all(
      best.slice(0, 10).map(async file => ({ file, proven: await proof(file) })),
    );
    const proven = proofs.filter(entry => entry.proven);
    if (proven.length === 1 && longest >= 2) return [{ file: proven[0].file, confidence: safe ? 0.85 : 0.7 }];
    const left = proven.length > 0 ? proven : longest >= 2 ? proofs : [];
    return left.map(({ file }) => ({ file, confidence: longest >= 2 ? 0.5 : 0.3 }));
  }

  #learn(service: string, path: string, file: SourceFile, tail: number): void {
    if (!isAbsolute(path)) return;
    const cut = (whole: string) => {
      const kept = whole.split('/').slice(0, -tail).join('/');
      return kept === '' ? '/' : `${kept}/`;
    };
    const prefixes = entry(this.#votes, service, maxServices, () => new Map());
    const targets = entry(prefixes, cut(path), maxPrefixes, () => new Map<string, Set<string>>());
    entry(targets, cut(file.absolutePath), maxPrefixes, () => new Set<string>()).add(file.uri);
  }
}

/** The value of a key, made if it is missing; the oldest goes when there are more than `limit`. */
function entry<K, V>(map: Map<K, V>, key: K, limit: number, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
    if (map.size > limit) map.delete(map.keys().next().value as K);
  }
  return value;
}

/** Folders whose manifest or name is that of the service, each with a `/` at the end. */
export function serviceFolders(files: SourceFiles, service: string): string[] {
  const wanted = plainName(service);
  return files.packages
    .filter(
      ({ name, absolutePath }) => plainName(name) === wanted || plainName(baseName(absolutePath)) === wanted,
    )
    .map(({ absolutePath }) => `${absolutePath}/`);
}

/** `@shop/Orders-Service` and `orders` are one service. */
function plainName(name: string): string {
  return baseName(name)
    .toLowerCase()
    .replace(/[-_.]?(service|svc)$/, '')
    .replaceAll('_', '-');
}
