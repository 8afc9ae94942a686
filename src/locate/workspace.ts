import type { SourceCandidate, SourceFacts, SpanToLocate } from '../model/source.ts';
import type { PathMapper } from './pathMapper.ts';
import type { SourceFile, SourceFiles } from './sourceFiles.ts';
import type { SourceIndex } from './sourceIndex.ts';
import type { SourceMaps } from './sourceMaps.ts';

/** What every strategy of locating works with. */
export interface Workspace {
  readonly files: SourceFiles;
  readonly index: SourceIndex;
  readonly mapper: PathMapper;
  readonly maps: SourceMaps;
  /** The facts of any file, indexed or not; undefined for languages that are not parsed. */
  facts(file: SourceFile): Promise<SourceFacts | undefined>;
}

/** A place before its line's text is fetched. */
export interface Place {
  readonly file: SourceFile;
  readonly line: number;
  readonly column?: number;
  readonly confidence: number;
  readonly strategy: string;
}

/** One way from a span to places; the places in any order. */
export type Strategy = (span: SpanToLocate, workspace: Workspace) => Promise<Place[]>;

export function candidate(place: Place, text: string | undefined): SourceCandidate {
  return {
    uri: place.file.uri,
    path: place.file.path,
    line: place.line,
    column: place.column,
    confidence: Math.round(place.confidence * 100) / 100,
    strategy: place.strategy,
    preview: (text === undefined ? '' : (lineOf(text, place.line) ?? '')).trim().slice(0, 200),
  };
}

/** Line `line` (1-based) of a text; undefined past its end. */
export function lineOf(text: string, line: number): string | undefined {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '');
}
