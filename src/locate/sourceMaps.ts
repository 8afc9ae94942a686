import { LEAST_UPPER_BOUND, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { normalizePath } from './paths.ts';
import type { SourceFile, SourceFiles } from './sourceFiles.ts';

/** Larger maps are left alone: parsing one would hold the process for seconds. */
const maxMapBytes = 20 * 1024 * 1024;
const maxCached = 20;

export interface OriginalPosition {
  /** Absolute, or as the bundler names it. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  /** False if only the line was known and it holds more than one original line. */
  readonly exact: boolean;
}

/** Positions in generated files → positions in the sources they were made from, by the map inside or beside the file. */
export class SourceMaps {
  readonly #files: SourceFiles;
  readonly #maps = new Map<string, Promise<TraceMap | undefined>>();

  constructor(files: SourceFiles) {
    this.#files = files;
  }

  /** Undefined if the file has no map or the map has nothing at this place. Lines and columns 1-based. */
  async original(file: SourceFile, line: number, column?: number): Promise<OriginalPosition | undefined> {
    const map = await this.#mapOf(file);
    if (map === undefined) return undefined;
    const found =
      column === undefined
        ? originalPositionFor(map, { line, column: 0, bias: LEAST_UPPER_BOUND })
        : originalPositionFor(map, { line, column: column - 1 });
    if (found.source === null) return undefined;
    const exact = column !== undefined || !holdsSeveralLines(map, line);
    return { path: normalizePath(found.source), line: found.line, column: found.column + 1, exact };
  }

  async #mapOf(file: SourceFile): Promise<TraceMap | undefined> {
    const stamp = await this.#files.stamp(file);
    const key = `${file.uri}\n${stamp}`;
    let map = this.#maps.get(key);
    if (map === undefined) {
      map = this.#load(file);
      this.#maps.set(key, map);
      if (this.#maps.size > maxCached) this.#maps.delete(this.#maps.keys().next().value as string);
    }
    return map;
  }

  async #load(file: SourceFile): Promise<TraceMap | undefined> {
    const generated = await this.#files.read(file, maxMapBytes);
    if (generated === undefined) return undefined;
    const url = sourceMappingUrl(generated);
    if (url?.startsWith('data:')) return parseMap(inlineMap(url), file.absolutePath);
    const folder = file.absolutePath.slice(0, file.absolutePath.lastIndexOf('/') + 1);
    const places = [`${file.absolutePath}.map`];
    if (url !== undefined && !/^[a-z]+:/i.test(url)) places.unshift(normalizePath(folder + safeDecode(url)));
    for (const place of places) {
      const mapFile = await this.#files.at(place);
      const text = mapFile && (await this.#files.read(mapFile, maxMapBytes));
      if (text !== undefined) return parseMap(text, place);
    }
    return undefined;
  }
}

/** The last one counts; bundles carry those of their parts. */
function sourceMappingUrl(generated: string): string | undefined {
  const at = generated.lastIndexOf('# sourceMappingURL=');
  return at < 0 ? undefined : /^\S*/.exec(generated.slice(at + '# sourceMappingURL='.length))?.[0];
}

function inlineMap(url: string): string | undefined {
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const data = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(';base64')
    ? Buffer.from(data, 'base64').toString('utf8')
    : safeDecode(data);
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A broken map is as good as none: the generated place is still a place. */
function parseMap(text: string | undefined, absolutePath: string): TraceMap | undefined {
  if (text === undefined) return undefined;
  const url = absolutePath.startsWith('/') ? `file://${absolutePath}` : `file:///${absolutePath}`;
  try {
    return new TraceMap(text, url);
  } catch {
    return undefined;
  }
}

function holdsSeveralLines(map: TraceMap, line: number): boolean {
  const first = originalPositionFor(map, { line, column: 0, bias: LEAST_UPPER_BOUND });
  const last = originalPositionFor(map, { line, column: 2 ** 30 });
  return first.source !== last.source || first.line !== last.line;
}
