import { type Disposable, Emitter } from '../base/events.ts';
import type { Locator } from '../locate/locator.ts';
import { isTestPath } from '../locate/paths.ts';
import type { SourceIndex } from '../locate/sourceIndex.ts';
import type { SourceCandidate, SpanToLocate } from '../model/source.ts';
import type { SpanShape } from '../protocol/control.ts';
import { inSlices } from '../workspace/slices.ts';
import { lensTitle } from './lensTitle.ts';

export interface Lens {
  /** 1-based. */
  readonly line: number;
  readonly title: string;
  /** The newest spans of the line. */
  readonly spans: readonly { traceId: string; spanId: string }[];
}

/** Below this a line is not shown as the spans' own. */
const shownConfidence = 0.85;
/** Below this it is shown as likely. */
const certainConfidence = 0.9;
const maxLensesPerFile = 50;
const maxSpansPerLens = 20;
const maxKnownShapes = 20_000;

interface Located {
  readonly generation: number;
  readonly best: SourceCandidate | undefined;
}

/** Statistics of shapes of spans → one lens a line. A shape is looked up once, until a file's facts change. */
export class Lenses implements Disposable {
  readonly #locator: Locator;
  readonly #index: SourceIndex;
  readonly #located = new Map<string, Located>();
  readonly #changed = new Emitter<void>();
  #shapes: readonly SpanShape[] = [];
  #byFile = new Map<string, Lens[]>();
  #updating: Promise<void> | undefined;
  #updateAgain = false;

  /** Some line's lens has come, gone or got another title. */
  readonly onDidChange = this.#changed.event;

  constructor(locator: Locator, index: SourceIndex) {
    this.#locator = locator;
    this.#index = index;
  }

  /** In order of lines. */
  of(fileUri: string): readonly Lens[] {
    return this.#byFile.get(fileUri) ?? [];
  }

  setShapes(shapes: readonly SpanShape[]): Promise<void> {
    this.#shapes = shapes;
    return this.update();
  }

  /** Looks up what is not known yet and makes the lenses anew; calls during an update are answered by one more. */
  update(): Promise<void> {
    this.#updateAgain = true;
    this.#updating ??= this.#run();
    return this.#updating;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #run(): Promise<void> {
    try {
      while (this.#updateAgain) {
        this.#updateAgain = false;
        const next = await this.#lensesByFile(this.#shapes);
        const changed = JSON.stringify(titles(next)) !== JSON.stringify(titles(this.#byFile));
        this.#byFile = next;
        if (changed) this.#changed.fire();
      }
    } finally {
      this.#updating = undefined;
    }
  }

  async #lensesByFile(shapes: readonly SpanShape[]): Promise<Map<string, Lens[]>> {
    const lines = new Map<string, { uri: string; line: number; shapes: SpanShape[]; confidence: number }>();
    await inSlices(shapes, async shape => {
      const best = await this.#bestPlace(shape);
      if (best === undefined || best.confidence < shownConfidence || isTestPath(best.path)) return;
      const key = `${best.uri}#${best.line}`;
      const known = lines.get(key);
      if (known === undefined)
        lines.set(key, { uri: best.uri, line: best.line, shapes: [shape], confidence: best.confidence });
      else {
        known.shapes.push(shape);
        known.confidence = Math.min(known.confidence, best.confidence);
      }
    });
    const byFile = new Map<string, Lens[]>();
    for (const { uri, line, shapes: own, confidence } of lines.values()) {
      const lenses = byFile.get(uri) ?? [];
      lenses.push(lensOf(line, own, confidence));
      byFile.set(uri, lenses);
    }
    for (const lenses of byFile.values()) {
      lenses.sort((a, b) => a.line - b.line);
      lenses.length = Math.min(lenses.length, maxLensesPerFile);
    }
    return byFile;
  }

  async #bestPlace(shape: SpanShape): Promise<SourceCandidate | undefined> {
    const { generation } = this.#index;
    const span = spanOfShape(shape);
    const key = JSON.stringify(span);
    const known = this.#located.get(key);
    if (known?.generation === generation) return known.best;
    const [best] = await this.#locator.locate(span);
    this.#located.delete(key);
    this.#located.set(key, { generation, best });
    if (this.#located.size > maxKnownShapes)
      this.#located.delete(this.#located.keys().next().value as string);
    return best;
  }
}

/** A percentile of several shapes together is not known; the largest one is never too small. */
function lensOf(line: number, shapes: readonly SpanShape[], confidence: number): Lens {
  const sum = (pick: (shape: SpanShape) => number) => shapes.reduce((total, shape) => total + pick(shape), 0);
  const largest = (pick: (shape: SpanShape) => string) =>
    Math.max(...shapes.map(shape => Number(pick(shape))));
  return {
    line,
    title: lensTitle({
      count: sum(shape => shape.count),
      errors: sum(shape => shape.errors),
      min: Math.min(...shapes.map(shape => Number(shape.minNano))),
      p95: largest(shape => shape.p95Nano),
      max: largest(shape => shape.maxNano),
      likely: confidence < certainConfidence,
    }),
    spans: shapes.flatMap(shape => shape.latest).slice(0, maxSpansPerLens),
  };
}

function titles(byFile: ReadonlyMap<string, readonly Lens[]>): unknown {
  return [...byFile].map(([uri, lenses]) => [uri, lenses.map(({ line, title }) => [line, title])]);
}

function spanOfShape(shape: SpanShape): SpanToLocate {
  const { name, serviceName, scopeName, kind, attributes } = shape;
  return { name, serviceName, scopeName, kind, attributes, stackTraces: [] };
}
