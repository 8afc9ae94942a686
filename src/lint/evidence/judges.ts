import type { ResourceProblem, SeenAttribute, Sighting } from '../../model/evidence.ts';
import { attributeInfo, fitsType } from '../../semconv/registry.ts';
import type { LanguageId } from '../facts/syntax.ts';
import { languageOf } from '../languages/parsers.ts';
import { anySending, nothingArrives, receiving, sending } from './boundaries.ts';
import { type AnchoredLine, mayBeOf, type Tie, tieToSpan } from './ties.ts';
import { confirmedBy, type Judge } from './verdict.ts';

/** A key that so many spans carried without a sensitive value is not sensitive here. */
const leastCleanSpans = 50;
/** A service of fewer spans may just not have come to its instrumented parts. */
const leastSpansOfService = 20;

const byKey: Tie = { method: 'attribute key', sure: false };
const byService: Tie = { method: 'service', sure: false };

/** Span never ended: its children arrive, itself never does. */
const neverArrives: Judge = (line, { missingParents, seenSpans }) => {
  const { spanName, scopeName } = line.anchor;
  if (typeof spanName !== 'string' || scopeName === undefined || line.serviceNames.length === 0)
    return undefined;
  if (seenSpans.some(each => tieToSpan(line, each) !== undefined)) return undefined;
  const tie: Tie = { method: 'children of a span that never arrives', sure: false };
  return confirmedBy(
    missingParents.filter(({ parent }) => parent === 'local'),
    each => (mayBeOf(line, each.serviceName) && each.scopeName === scopeName ? tie : undefined),
  );
};

const errorsWithoutStatus: Judge = (line, { errorMismatches }) =>
  confirmedBy(
    errorMismatches.filter(({ form }) => form !== 'noDescription'),
    each => tieToSpan(line, each),
  );

const varyingNames: Judge = (line, { nameFamilies }) =>
  confirmedBy(
    // A name with `{}` for what varies is what the written name, with anything there, matches.
    nameFamilies.map(each => ({ ...each, spanName: each.template })),
    each => tieToSpan(line, each),
  );

const spanPerTurn: Judge = (line, { bursts }) => confirmedBy(bursts, each => tieToSpan(line, each));

const sensitiveKey: Judge = (line, { sensitiveValues, seenAttributes }) => {
  const { attributeKey, scopeName } = line.anchor;
  if (attributeKey === undefined) return undefined;
  const confirmed = confirmedBy(
    sensitiveValues.filter(each => each.attributeKey === attributeKey && each.level !== 'info'),
    each => tieToSpan(line, each) ?? (mayBeOf(line, each.serviceName) ? byKey : undefined),
  );
  if (confirmed !== undefined || line.serviceNames.length === 0) return confirmed;
  const clean = seenAttributes.filter(
    each =>
      each.attributeKey === attributeKey &&
      mayBeOf(line, each.serviceName) &&
      (scopeName === undefined || scopeName === each.scopeName),
  );
  const spans = clean.reduce((sum, each) => sum + each.spans, 0);
  const isClean = clean.every(({ sensitiveSpans }) => sensitiveSpans === 0);
  if (!isClean || spans < leastCleanSpans) return undefined;
  return { state: 'lowered', tie: byKey, sightings: [] };
};

/** What leaves the process as baggage is seen where it is made an attribute, or where the header is captured. */
const sensitiveBaggage: Judge = (line, { sensitiveValues }) => {
  const { attributeKey } = line.anchor;
  return confirmedBy(
    sensitiveValues.filter(
      each => each.attributeKey === attributeKey || baggageHeader.test(each.attributeKey),
    ),
    each => (mayBeOf(line, each.serviceName) && line.serviceNames.length > 0 ? byKey : undefined),
  );
};

const baggageHeader = /^http\.request\.header\.baggage$/;

/** It has no children, and what starts next in its time is its sibling. */
const childless: Judge = (line, { inactiveSpans }) =>
  confirmedBy(inactiveSpans, each => tieToSpan(line, each));

/** The key arrives as it is written. */
const seenKey: Judge = (line, { seenAttributes }) =>
  confirmedBy(seenAttributes, each => tieToKey(line, each));

/** On a span, where it should be on the resource. */
const seenOnSpan: Judge = (line, evidence) =>
  attributeInfo(line.anchor.attributeKey ?? '')?.place === 'span' ? undefined : seenKey(line, evidence);

const seenType: Judge = (line, { seenAttributes }) => {
  const wanted = attributeInfo(line.anchor.attributeKey ?? '')?.type;
  if (wanted === undefined) return undefined;
  const scalars = ['string', 'boolean', 'int', 'double'];
  return confirmedBy(
    seenAttributes.filter(({ types }) =>
      types.some(each => scalars.includes(each) && !fitsType(each, wanted)),
    ),
    each => tieToKey(line, each),
  );
};

/** Larger than what a collector is glad of, in characters. */
const oversized = 4096;

const seenLarge: Judge = (line, { seenAttributes }) =>
  confirmedBy(
    seenAttributes.filter(({ longest }) => longest > oversized),
    each => tieToKey(line, each),
  );

function tieToKey(line: AnchoredLine, { attributeKey, serviceName }: SeenAttribute): Tie | undefined {
  return attributeKey === line.anchor.attributeKey && line.serviceNames.includes(serviceName)
    ? byKey
    : undefined;
}

/** A call that ought to belong to a request began a trace of its own. */
const lostContext: Judge = (line, { clientRoots }) => confirmedBy(clientRoots, each => tieToSpan(line, each));

const legacyKey: Judge = (line, { legacyAttributes }) => {
  const { attributeKey } = line.anchor;
  return confirmedBy(
    legacyAttributes.filter(each => each.attributeKey === attributeKey),
    each => (mayBeOf(line, each.serviceName) && line.serviceNames.length > 0 ? byKey : undefined),
  );
};

/** What the rule misses in code and configuration may come from elsewhere when the program runs. */
function lacking(...problems: readonly ResourceProblem[]): Judge {
  return (line, { resourceGaps, seenSpans }) => {
    const seen = seenSpans.filter(({ serviceName }) => line.serviceNames.includes(serviceName));
    if (seen.length === 0) return undefined;
    const key = line.anchor.attributeKey;
    const asked = key === undefined ? problems : problems.filter(problem => problem.endsWith(key));
    const gaps = resourceGaps.filter(
      each => line.serviceNames.includes(each.serviceName) && asked.includes(each.problem),
    );
    if (gaps.length > 0) return { state: 'confirmed', tie: byService, sightings: gaps };
    return {
      state: 'refuted',
      tie: byService,
      sightings: seen,
      reason: `that ${seen[0].serviceName} sends it`,
    };
  };
}

/** `telemetry.sdk.language` of the programs in a language. */
const sdkLanguages: { readonly [language in LanguageId]: readonly string[] } = {
  javascript: ['nodejs', 'webjs'],
  typescript: ['nodejs', 'webjs'],
  tsx: ['nodejs', 'webjs'],
  python: ['python'],
  go: ['go'],
  java: ['java'],
  csharp: ['dotnet'],
};

/** Spans of a program without a name, in the language of the file; a service that sends its name is another one. */
const nameless: Judge = (line, { resourceGaps, seenSpans }) => {
  if (seenSpans.some(({ serviceName }) => line.serviceNames.includes(serviceName))) return undefined;
  const language = languageOf(line.path)?.id;
  const tie: Tie = { method: 'language of a program without a name', sure: false };
  return confirmedBy(
    resourceGaps.filter(({ problem }) => problem === 'no service.name'),
    each =>
      language !== undefined && sdkLanguages[language].includes(each.sdkLanguage ?? '') ? tie : undefined,
  );
};

/** One process sends under two names, or both names of the service arrive. */
const severalNames: Judge = (line, { resourceGaps, seenSpans }) => {
  const ofService = ({ serviceName }: Sighting) => line.serviceNames.includes(serviceName);
  const shared = resourceGaps.filter(
    each => each.problem === 'several names for one process' && ofService(each),
  );
  if (shared.length > 0) return { state: 'confirmed', tie: byService, sightings: shared };
  const seen = seenSpans.filter(ofService);
  return new Set(seen.map(({ serviceName }) => serviceName)).size < 2
    ? undefined
    : { state: 'confirmed', tie: byService, sightings: seen };
};

const notSampled: Judge = (line, { samplingGaps }) => {
  const gaps = samplingGaps.filter(({ serviceName }) => line.serviceNames.includes(serviceName));
  if (gaps.length === 0) return undefined;
  const tie: Tie = { method: 'log records without traces', sure: false };
  const traces = gaps.reduce((sum, each) => sum + each.traces, 0);
  return { state: 'confirmed', tie, sightings: [], traces };
};

/** Instrumentation that is loaded too late makes no spans, while the program's own arrive. */
const silentInstrumentation: Judge = (line, { seenSpans }) => {
  const seen = seenSpans.filter(({ serviceName }) => line.serviceNames.includes(serviceName));
  const made = seen.filter(({ scopeName }) => /instrumentation/i.test(scopeName));
  if (made.length > 0)
    return {
      state: 'refuted',
      tie: byService,
      sightings: made,
      reason: `spans that instrumentations of ${made[0].serviceName} made`,
    };
  const spans = seen.reduce((sum, each) => sum + each.spans, 0);
  return spans < leastSpansOfService ? undefined : { state: 'confirmed', tie: byService, sightings: seen };
};

/** What traces can say of the findings of a rule, by its id. The others stay as they are. */
export const judges: { readonly [ruleId: string]: Judge | undefined } = {
  SPL101: sending,
  SPL102: sending,
  SPL103: receiving,
  SPL104: sending,
  SPL105: nothingArrives,
  SPL107: lostContext,
  SPL108: anySending,
  SPL109: childless,
  SPL110: silentInstrumentation,
  SPL112: sending,
  SPL201: sensitiveKey,
  SPL202: sensitiveKey,
  SPL204: sensitiveKey,
  SPL205: sensitiveKey,
  SPL206: sensitiveBaggage,
  SPL301: neverArrives,
  SPL302: neverArrives,
  SPL303: errorsWithoutStatus,
  SPL304: errorsWithoutStatus,
  SPL401: varyingNames,
  SPL403: spanPerTurn,
  SPL404: seenLarge,
  SPL501: nameless,
  SPL502: lacking('no service.version', 'no deployment.environment.name'),
  SPL503: severalNames,
  SPL505: notSampled,
  SPL601: legacyKey,
  SPL602: seenKey,
  SPL603: seenOnSpan,
  SPL604: seenKey,
  SPL605: seenKey,
  SPL606: seenType,
};
