import { noEndpoint, type ZipkinAnnotation, type ZipkinEndpoint, type ZipkinSpan } from './zipkinSpan.ts';

/** A span of Zipkin's first model: client and server may share one, and annotations tell who did what when. */
export interface V1Span {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string;
  readonly name: string;
  /** Nanoseconds. */
  readonly start: bigint | undefined;
  readonly duration: bigint | undefined;
  readonly annotations: readonly (ZipkinAnnotation & { readonly endpoint: ZipkinEndpoint })[];
  readonly binaryAnnotations: readonly V1Binary[];
}

export interface V1Binary {
  readonly key: string;
  readonly value: string;
  readonly endpoint: ZipkinEndpoint;
  /** True as a truth value: with `sa`, `ca` or `ma` it tells the address of the other side. */
  readonly isTrue: boolean;
}

type Kind = 'client' | 'server' | 'producer' | 'consumer';

/** What the core annotations tell: whose they are, and whether they begin or end the span. */
const core: { readonly [value: string]: readonly [kind: Kind, mark: 'begin' | 'end' | 'on the way'] } = {
  cs: ['client', 'begin'],
  cr: ['client', 'end'],
  sr: ['server', 'begin'],
  ss: ['server', 'end'],
  ms: ['producer', 'begin'],
  mr: ['consumer', 'begin'],
  ws: ['client', 'on the way'],
  wr: ['server', 'on the way'],
};

/** Address of the other side, by the key that tells it. */
const addresses: { readonly [key: string]: readonly Kind[] } = {
  sa: ['client'],
  ca: ['server'],
  ma: ['producer', 'consumer'],
};

const numbers = { client: 3, server: 2, producer: 4, consumer: 5 } as const;

interface Half {
  readonly kind: Kind | undefined;
  local: ZipkinEndpoint;
  remote: ZipkinEndpoint;
  begin: bigint | undefined;
  end: bigint | undefined;
  readonly annotations: ZipkinAnnotation[];
  readonly tags: [string, string][];
}

/**
 * The spans of the second model that a span of the first is: one, or one for each side that took part. The rules are
 * those of Zipkin's `V1SpanConverter`.
 */
export function convertV1(span: V1Span): ZipkinSpan[] {
  const halves = readHalves(span);
  for (const { time, value, endpoint } of span.annotations)
    if (!Object.hasOwn(core, value)) halfOf(halves, endpoint).annotations.push({ time, value });
  for (const { key, value, endpoint, isTrue } of span.binaryAnnotations) {
    const kinds = isTrue && Object.hasOwn(addresses, key) ? addresses[key] : undefined;
    if (kinds !== undefined) {
      const half = halves.find(each => each.kind !== undefined && kinds.includes(each.kind));
      (half ?? halves[0]).remote = endpoint;
    } else if (key !== 'lc' || value !== '') halfOf(halves, endpoint).tags.push([key, value]);
    else halfOf(halves, endpoint);
  }
  return halves.map((half, index) => spanOf(span, half, index > 0));
}

/** One for each side that core annotations tell of, the side that calls first; one without a kind if they tell of none. */
function readHalves({ annotations }: V1Span): Half[] {
  const halves = new Map<Kind, Half>();
  for (const { time, value, endpoint } of annotations) {
    if (!Object.hasOwn(core, value)) continue;
    const [kind, mark] = core[value];
    const half = halves.get(kind) ?? emptyHalf(kind, endpoint);
    halves.set(kind, half);
    if (half.local === noEndpoint) half.local = endpoint;
    if (mark === 'begin') half.begin = time;
    else if (mark === 'end') half.end = time;
    else half.annotations.push({ time, value });
  }
  const order: readonly Kind[] = ['client', 'producer', 'server', 'consumer'];
  const found = order.flatMap(kind => halves.get(kind) ?? []);
  return found.length > 0 ? found : [emptyHalf(undefined, noEndpoint)];
}

function emptyHalf(kind: Kind | undefined, local: ZipkinEndpoint): Half {
  return { kind, local, remote: noEndpoint, begin: undefined, end: undefined, annotations: [], tags: [] };
}

/** The side whose endpoint it is; without an answer the first. */
function halfOf(halves: readonly Half[], endpoint: ZipkinEndpoint): Half {
  const [first] = halves;
  if (first.local === noEndpoint && first.kind === undefined) first.local = endpoint;
  return halves.find(({ local }) => local.serviceName === endpoint.serviceName) ?? first;
}

function spanOf(span: V1Span, half: Half, isSecond: boolean): ZipkinSpan {
  const { traceId, id, parentId, name } = span;
  const { kind, local, remote, begin, end, annotations, tags } = half;
  // The times of the span are those of the side that began it.
  const own = isSecond ? undefined : span;
  const start = own?.start ?? begin ?? (kind === undefined ? annotations[0]?.time : end);
  const measured = begin !== undefined && end !== undefined && end >= begin ? end - begin : undefined;
  return {
    ...{ traceId, id, parentId, name, local, remote, annotations, tags },
    kind: kind === undefined ? 1 : numbers[kind],
    start,
    duration: own?.duration ?? measured,
    // A server that got its ids from its caller writes no times of the span: these are the caller's.
    shared: isSecond || (kind === 'server' && span.start === undefined && begin !== undefined),
  };
}
