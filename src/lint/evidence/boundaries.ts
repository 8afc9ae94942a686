import type { BrokenBoundary, CallTarget, Evidence, KeptBoundary } from '../../model/evidence.ts';
import { type AnchoredLine, matches, mayBeOf, type Tie } from './ties.ts';
import { confirmedBy, type Judge, type Verdict } from './verdict.ts';

/** One pair of spans may fit together by chance. */
const leastPairs = 2;

const byTarget: Tie = { method: 'host and path', sure: false };
const byDestination: Tie = { method: 'destination', sure: false };
const byLibrary: Tie = { method: 'client library', sure: false };

/** Sending side: calls that started new traces confirm, calls whose trace went on refute. */
export const sending: Judge = (line, { brokenBoundaries, keptBoundaries }) =>
  judge(
    brokenBoundaries.filter(each => mayBeOf(line, each.serviceName)),
    keptBoundaries.filter(each => mayBeOf(line, each.serviceName)),
    line,
  );

/** Receiving side: the same, seen from the other end. */
export const receiving: Judge = (line, { brokenBoundaries, keptBoundaries }) =>
  judge(
    brokenBoundaries.filter(each => mayBeOf(line, each.to.serviceName)),
    keptBoundaries.filter(each => mayBeOf(line, each.to.serviceName)),
    line,
  );

/** A service without a propagator sends nothing anywhere: one call whose trace went on refutes it. */
export const anySending: Judge = (line, evidence) => {
  if (line.serviceNames.length === 0) return undefined;
  const { kept, broken } = ofService(line, evidence);
  const tie: Tie = { method: 'service', sure: false };
  if (kept.length > 0) return refuted(tie, kept);
  return confirmedBy(broken, () => tie);
};

/** What writes or reads the header by hand: a service of which no call goes on, here or in others. A call that does proves nothing of it. */
export const nothingArrives: Judge = (line, evidence) => {
  if (line.serviceNames.length === 0) return undefined;
  const concerns = ({ serviceName, to }: BrokenBoundary | KeptBoundary) =>
    mayBeOf(line, serviceName) || mayBeOf(line, to.serviceName);
  if (evidence.keptBoundaries.some(concerns)) return undefined;
  const tie: Tie = { method: 'service', sure: false };
  return confirmedBy(
    evidence.brokenBoundaries.filter(each => each.spans >= leastPairs && concerns(each)),
    () => tie,
  );
};

function ofService(line: AnchoredLine, { brokenBoundaries, keptBoundaries }: Evidence) {
  return {
    broken: brokenBoundaries.filter(
      ({ spans, ...each }) => spans >= leastPairs && mayBeOf(line, each.serviceName),
    ),
    kept: keptBoundaries.filter(each => mayBeOf(line, each.serviceName)),
  };
}

function judge(
  broken: readonly BrokenBoundary[],
  kept: readonly KeptBoundary[],
  line: AnchoredLine,
): Verdict | undefined {
  const confirmed = confirmedBy(
    broken.filter(({ spans }) => spans >= leastPairs),
    each => tieToCall(line, each.target, each.library),
  );
  if (confirmed !== undefined) return confirmed;
  // Something of it is broken, if perhaps by chance: then nothing is refuted either.
  if (broken.some(each => tieToCall(line, each.target, each.library) !== undefined)) return undefined;
  // Only what is known to be this service's may be taken back.
  if (line.serviceNames.length === 0) return undefined;
  const tied = kept.flatMap(each => {
    const tie = tieToCall(line, each.target, each.library ?? libraryOfScope(each, line));
    return tie === undefined ? [] : [{ each, tie }];
  });
  const best = tied.find(({ tie }) => tie !== byLibrary) ?? tied[0];
  return best === undefined
    ? undefined
    : refuted(
        best.tie,
        tied.map(({ each }) => each),
      );
}

function refuted(tie: Tie, kept: readonly KeptBoundary[]): Verdict {
  const receivers = [...new Set(kept.map(({ to }) => to.serviceName))].slice(0, 3).join(', ');
  return {
    state: 'refuted',
    tie,
    sightings: kept,
    reason: `that traces go on from ${kept[0].serviceName} in ${receivers}`,
  };
}

function tieToCall(
  { anchor }: AnchoredLine,
  target: CallTarget,
  library: string | undefined,
): Tie | undefined {
  if (anchor.transport !== undefined && anchor.transport !== target.transport) return undefined;
  if (anchor.destination !== undefined)
    return anchor.destination === target.destination ? byDestination : undefined;
  if (
    anchor.method !== undefined &&
    target.method !== undefined &&
    anchor.method.toUpperCase() !== target.method
  )
    return undefined;
  if (anchor.library !== undefined && library !== undefined && anchor.library !== library) return undefined;
  const path = writtenPath(anchor.url);
  if (path !== undefined && target.path !== undefined)
    return matches(path, target.path) || matches(path, `${target.path}/`) ? byTarget : undefined;
  return anchor.library !== undefined && anchor.library === library ? byLibrary : undefined;
}

/** The path of a URL as written; `undefined` if nothing of it is known but that it varies. */
function writtenPath(url: readonly (string | null)[] | undefined): readonly (string | null)[] | undefined {
  if (url === undefined) return undefined;
  // What varies stands for an identifier, as in a target's path; at the beginning for scheme and host.
  const text = url.map(part => part ?? '{}').join('');
  const path = /^(?:\{\}|[a-z][a-z0-9+.-]*:\/\/[^/]*)?(\/[^?#]*)/i.exec(text)?.[1];
  if (path === undefined || !/[a-z]{2}/i.test(path)) return undefined;
  const parts = path.split('{}').flatMap((part, at) => (at === 0 ? [part] : [null, part]));
  return parts.filter(part => part !== '');
}

/** Instrumentations of a module that others are built on. */
const httpModuleClients = [
  'http',
  'https',
  'axios',
  'got',
  'node-fetch',
  'cross-fetch',
  'superagent',
  'request',
  'needle',
];
const undiciClients = ['fetch', 'undici', 'global#fetch'];

/** The line's library, if the instrumentation that made the caller's span is the one for it. */
function libraryOfScope(
  { scopeName }: KeptBoundary,
  { anchor: { library } }: AnchoredLine,
): string | undefined {
  if (library === undefined) return undefined;
  const [, module = ''] =
    /(?:^@opentelemetry\/instrumentation-|^opentelemetry\.instrumentation\.)([\w.-]+)$/.exec(scopeName) ?? [];
  const covered =
    module === library ||
    (module === 'http' && httpModuleClients.includes(library)) ||
    (module === 'undici' && undiciClients.includes(library)) ||
    (scopeName.endsWith('/otelhttp') && library === 'net/http');
  return covered ? library : undefined;
}
