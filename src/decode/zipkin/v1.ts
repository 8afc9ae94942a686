import { KnownKeys } from '../knownKeys.ts';
import { Nanos } from '../nanos.ts';
import type { Annotation, BinaryAnnotation } from './parts.ts';
import { Endpoint } from './parts.ts';
import type { ReusedList } from './reusedList.ts';

/** A span of Zipkin's first model: client and server may share one, and annotations tell who did what when. */
export interface V1Span {
  readonly header: { readonly start: Nanos };
  readonly hasStart: boolean;
  readonly duration: Nanos;
  readonly hasDuration: boolean;
  readonly annotations: ReusedList<Annotation>;
  readonly binaryAnnotations: ReusedList<BinaryAnnotation>;
}

/** What one side tells: a span of the second model. */
export interface Half {
  /** As in OTLP. */
  readonly kind: number;
  readonly start: Nanos;
  readonly duration: Nanos | undefined;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly annotations: readonly Annotation[];
  readonly tags: readonly BinaryAnnotation[];
}

/** Kinds as in OTLP, the side that calls first. */
const kind = { internal: 1, client: 3, producer: 4, server: 2, consumer: 5 } as const;
const order = [kind.client, kind.producer, kind.server, kind.consumer];

/** What the core annotations tell: whose they are, and whether they begin or end the span. */
const core = new KnownKeys(['cs', 'cr', 'sr', 'ss', 'ms', 'mr', 'ws', 'wr']);
const told: readonly (readonly [kind: number, mark: 'begin' | 'end' | 'on the way'])[] = [
  [kind.client, 'begin'],
  [kind.client, 'end'],
  [kind.server, 'begin'],
  [kind.server, 'end'],
  [kind.producer, 'begin'],
  [kind.consumer, 'begin'],
  [kind.client, 'on the way'],
  [kind.server, 'on the way'],
];

/** Address of the other side, by the key that tells it. */
const addresses = new KnownKeys(['sa', 'ca', 'ma']);
const addressed: readonly (readonly number[])[] = [
  [kind.client],
  [kind.server],
  [kind.producer, kind.consumer],
];
const component = new KnownKeys(['lc']);

const noEndpoint = new Endpoint();

class Side {
  readonly kind: number;
  local = noEndpoint;
  remote = noEndpoint;
  begin: Nanos | undefined;
  end: Nanos | undefined;
  readonly annotations: Annotation[] = [];
  readonly tags: BinaryAnnotation[] = [];

  constructor(kindOfSide: number) {
    this.kind = kindOfSide;
  }
}

/**
 * The spans of the second model that a span of the first is: one, or one for each side that took part. The rules are
 * those of Zipkin's `V1SpanConverter`.
 */
export function halvesOf(body: Buffer, span: V1Span): Half[] {
  const sides = sidesOf(body, span);
  for (const annotation of span.annotations)
    if (core.indexOf(body, annotation.from, annotation.to) < 0)
      sideOf(body, sides, endpointOf(annotation)).annotations.push(annotation);
  for (const tag of span.binaryAnnotations) {
    const address = tag.isTrue ? addresses.indexOf(body, tag.keyFrom, tag.keyTo) : -1;
    if (address >= 0) {
      const side = sides.find(each => addressed[address].includes(each.kind));
      (side ?? sides[0]).remote = tag.endpoint;
      continue;
    }
    const side = sideOf(body, sides, endpointOf(tag));
    const isEmpty = tag.from === tag.to && component.indexOf(body, tag.keyFrom, tag.keyTo) === 0;
    if (!isEmpty) side.tags.push(tag);
  }
  return sides.map((side, index) => halfOf(side, index > 0 ? undefined : span));
}

/** One for each side that core annotations tell of, the side that calls first; one without a kind if they tell of none. */
function sidesOf(body: Buffer, { annotations }: V1Span): Side[] {
  const sides = new Map<number, Side>();
  for (const annotation of annotations) {
    const known = core.indexOf(body, annotation.from, annotation.to);
    if (known < 0) continue;
    const [of, mark] = told[known];
    const side = sides.get(of) ?? new Side(of);
    sides.set(of, side);
    if (side.local === noEndpoint) side.local = endpointOf(annotation);
    if (mark === 'begin') side.begin = annotation.time;
    else if (mark === 'end') side.end = annotation.time;
    else side.annotations.push(annotation);
  }
  const found = order.flatMap(each => sides.get(each) ?? []);
  return found.length > 0 ? found : [new Side(kind.internal)];
}

/** The side whose endpoint it is; without an answer the first. */
function sideOf(body: Buffer, sides: readonly Side[], endpoint: Endpoint): Side {
  const [first] = sides;
  if (first.local === noEndpoint && first.kind === kind.internal) first.local = endpoint;
  return sides.find(({ local }) => isSameService(body, local, endpoint)) ?? first;
}

function isSameService(body: Buffer, a: Endpoint, b: Endpoint): boolean {
  if (a === b) return true;
  return (
    a.nameTo - a.nameFrom === b.nameTo - b.nameFrom &&
    body.compare(body, a.nameFrom, a.nameTo, b.nameFrom, b.nameTo) === 0
  );
}

function endpointOf(part: Annotation | BinaryAnnotation): Endpoint {
  return part.hasEndpoint ? part.endpoint : noEndpoint;
}

/** @param span for the side that began it: the times of the span are its times */
function halfOf(side: Side, span: V1Span | undefined): Half {
  const { begin, end, local, remote, annotations, tags } = side;
  const otherwise = begin ?? (side.kind === kind.internal ? annotations[0]?.time : end) ?? new Nanos();
  const start = span?.hasStart ? span.header.start : otherwise;
  return {
    kind: side.kind,
    // The header is written to before it is read again.
    start: copyOf(start),
    duration: span?.hasDuration ? span.duration : measured(begin, end),
    ...{ local, remote, annotations, tags },
  };
}

function measured(begin: Nanos | undefined, end: Nanos | undefined): Nanos | undefined {
  if (begin === undefined || end === undefined) return undefined;
  const duration = new Nanos();
  duration.setDifference(end, begin);
  return duration.value < 0 ? undefined : duration;
}

function copyOf(time: Nanos): Nanos {
  const copy = new Nanos();
  copy.copy(time);
  return copy;
}
