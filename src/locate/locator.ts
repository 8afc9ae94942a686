import type { SourceCandidate, SourceFacts, SpanToLocate } from '../model/source.ts';
import { bySpanName } from './byName.ts';
import { byCodeAttributes, byStackTrace } from './byPosition.ts';
import { byRoute } from './byRoute.ts';
import { PathMapper } from './pathMapper.ts';
import type { SourceFile, SourceFiles } from './sourceFiles.ts';
import type { SourceIndex } from './sourceIndex.ts';
import { SourceMaps } from './sourceMaps.ts';
import { candidate, type Place, type Strategy, type Workspace } from './workspace.ts';

/** In the order in which they are believed: where one is sure, the later ones only offer alternatives. */
const strategies: readonly Strategy[] = [byCodeAttributes, bySpanName, byRoute, byStackTrace];
/** From here on a place is opened by itself. */
const sureConfidence = 0.85;
const alternativeConfidence = 0.8;
const maxCandidates = 10;

/** Finds the lines that spans come from. Keeps what it learns about where a service's files lie. */
export class Locator {
  readonly #workspace: Workspace;

  /** @param facts reads a file that is not in the index; undefined for languages that are not parsed */
  constructor(
    files: SourceFiles,
    index: SourceIndex,
    facts: (file: SourceFile) => Promise<SourceFacts | undefined>,
  ) {
    this.#workspace = {
      files,
      index,
      mapper: new PathMapper(files),
      maps: new SourceMaps(files),
      facts: async file => index.facts(file.uri) ?? facts(file),
    };
  }

  /** Best first; empty if nothing in the workspace fits. */
  async locate(span: SpanToLocate): Promise<SourceCandidate[]> {
    const places: Place[] = [];
    for (const strategy of strategies) {
      const found = await strategy(span, this.#workspace);
      const decided = places.some(({ confidence }) => confidence >= sureConfidence);
      places.push(...(decided ? found.map(asAlternative) : found));
    }
    const best = withoutRepeats(places).slice(0, maxCandidates);
    return Promise.all(
      best.map(async place => candidate(place, await this.#workspace.files.read(place.file))),
    );
  }
}

function asAlternative(place: Place): Place {
  return { ...place, confidence: Math.min(place.confidence, alternativeConfidence) };
}

/** Of several reasons for one line the strongest; a stable order for equal ones. */
function withoutRepeats(places: readonly Place[]): Place[] {
  const ranked = [...places].sort((a, b) => b.confidence - a.confidence);
  const seen = new Set<string>();
  return ranked.filter(({ file, line }) => {
    const key = `${file.uri}#${line}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
