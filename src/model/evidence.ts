/**
 * What the stored traces say about the code that made them: plain data that goes from the engine to the language
 * server, and from trace files into `spanline lint`. It confirms and it refutes: what was seen to be right is listed too.
 * Values of sensitive data are not in it, only masked previews.
 */
import type { SpanToLocate } from './source.ts';
import type { SpanKind } from './span.ts';

export interface SpanExample {
  readonly traceId: string;
  readonly spanId: string;
}

/** Common to all items: how often, where, when. */
export interface Sighting {
  /** Of the span that leads to the code. */
  readonly serviceName: string;
  /** Spans that show it. */
  readonly spans: number;
  /** Traces that show it. */
  readonly traces: number;
  /** Some of them, at most one or few a trace. */
  readonly examples: readonly SpanExample[];
  /** Latest start of a span that shows it, nanoseconds since 1970. */
  readonly lastSeenUnixNano: string;
}

/** A sighting at spans that are alike; the line is that of the code that starts them. */
export interface SpanSighting extends Sighting {
  readonly spanName: string;
  readonly spanKind: SpanKind;
  readonly scopeName: string;
  readonly scopeVersion: string;
  /** One of the examples with what leads to its line; absent: it is no longer stored. */
  readonly span?: SpanToLocate;
}

export type Transport = 'http' | 'grpc' | 'messaging';

/** What was called, as far as attributes tell. */
export interface CallTarget {
  readonly transport: Transport;
  /** Upper case. */
  readonly method?: string;
  /** `/stock/{}`: what varies (numbers, UUIDs, hex) is `{}`. */
  readonly path?: string;
  /** Host, with the port if there is one. */
  readonly host?: string;
  /** Topic, queue or exchange. */
  readonly destination?: string;
  /** `package.Service/Method` */
  readonly rpc?: string;
}

/** The receiving side of a call. */
export interface ReceivingSide {
  readonly serviceName: string;
  readonly spanName: string;
  readonly scopeName: string;
}

/** E1: calls of one kind that arrived as new traces. The sighting is of the caller's span. */
export interface BrokenBoundary extends SpanSighting {
  /** `client`: the caller's span is the call; `active`: it was running when the call was received, and is the only one that can have made it. */
  readonly side: 'client' | 'active';
  readonly target: CallTarget;
  readonly to: ReceivingSide;
  /** Client library that the receiver was told of (`user_agent.original`): `requests`, `fetch`, `net/http`… */
  readonly library?: string;
  /** The spans that should have been in the callers' traces, in the order of `examples`. */
  readonly arrivals: readonly SpanExample[];
}

/** E2: calls of one kind whose trace went on in the other service. */
export interface KeptBoundary extends SpanSighting {
  readonly target: CallTarget;
  readonly to: ReceivingSide;
  readonly library?: string;
}

/** E3: values of an attribute that hold, or by their key must hold, what does not belong into telemetry. */
export interface SensitiveValue extends SpanSighting {
  readonly attributeKey: string;
  readonly carrier: 'span' | 'event' | 'resource' | 'status';
  /** `email`, `jwt`, …; for keys `key:` and the word that gives it away. */
  readonly detector: string;
  readonly level: 'error' | 'warning' | 'info';
  /** First and last character and the length. */
  readonly preview: string;
  /** Whether several different values were hit. */
  readonly severalValues: boolean;
}

/** E4: parents that never arrived. The sighting is of the children. */
export interface MissingParent extends SpanSighting {
  /** Whether the parent was a span of the same process, as the span's flags or its kind say. */
  readonly parent: 'local' | 'remote';
}

/** E5: names that differ only in what belongs into an attribute. */
export interface NameFamily extends SpanSighting {
  /** `item-{}` */
  readonly template: string;
  /** Different names seen; counting stops at 1000. */
  readonly names: number;
}

/** E6: many like spans under one parent, one after the other. The sighting is of the repeated spans. */
export interface SpanBurst extends SpanSighting {
  /** Client spans with like targets; or internal spans of less than 5 ms. */
  readonly form: 'calls' | 'internal';
  readonly parentName: string;
  /** What is repeated, with `{}` or `?` for what varies: a statement, a URL. */
  readonly operation?: string;
  /** Most of them under one parent. */
  readonly most: number;
}

export type ResourceProblem =
  | 'no service.name'
  | 'no service.version'
  | 'no deployment.environment.name'
  | 'several names for one process'
  | 'service.instance.id used twice'
  | 'service.criticality invalid';

/** E7: what the resource of a service lacks, or says wrongly. */
export interface ResourceGap extends Sighting {
  readonly problem: ResourceProblem;
  /** The other name, the shared id, the value that is not valid. */
  readonly detail?: string;
  /** `nodejs`, `python`, `go`… */
  readonly sdkLanguage?: string;
}

/** E8: attribute keys that the semantic conventions have given up, by the scope that writes them. */
export interface LegacyAttribute extends Sighting {
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly attributeKey: string;
  readonly renamedTo?: string;
  readonly note: string;
  readonly span?: SpanToLocate;
}

/** E9: spans whose status does not say what else they say. */
export interface ErrorMismatch extends SpanSighting {
  /**
   * `exception`: an exception was recorded, the status is unset; `httpStatus`: the answer was a server error, the status is
   * unset; `noDescription`: the status is error, and nothing says which.
   */
  readonly form: 'exception' | 'httpStatus' | 'noDescription';
}

/** E10: traces that were not sampled, known from their log records alone. */
export interface SamplingGap {
  readonly serviceName: string;
  readonly traces: number;
}

/** A root span that calls out: what called is not instrumented. */
export type ClientRoot = SpanSighting;

/** Children outside the time of their parents. */
export interface ClockSkew extends SpanSighting {
  readonly parentServiceName: string;
  /** Most nanoseconds by which one began before its parent, or ended after a parent that had waited for it. */
  readonly mostNano: string;
  readonly form: 'starts before parent' | 'ends after parent';
}

/** E11: spans without children, beside which others of their service begin and end in their time. */
export type InactiveSpan = SpanSighting;

/** Spans that are alike, right or wrong: what was executed at all. */
export interface SeenSpan extends SpanSighting {
  readonly errors: number;
}

/** Types of attribute values, in the words of the conventions. */
export const valueTypes = ['string', 'boolean', 'int', 'double', 'list', 'map', 'bytes', 'empty'] as const;
export type ValueType = (typeof valueTypes)[number];

/** An attribute key as one scope of one service writes it. */
export interface SeenAttribute extends Sighting {
  readonly scopeName: string;
  readonly attributeKey: string;
  /** Of its values. */
  readonly types: readonly ValueType[];
  /** Characters of its longest value as text; counting stops at 65,536. */
  readonly longest: number;
  /** Spans on which the value was sensitive. */
  readonly sensitiveSpans: number;
}

export interface SeenService {
  readonly serviceName: string;
  readonly spans: number;
  readonly sdkLanguage?: string;
  /** `name@version` of what wrote its spans. */
  readonly scopes: readonly string[];
}

export interface Evidence {
  /** What was looked at: the newest traces, within bounds. */
  readonly traces: number;
  readonly spans: number;
  readonly services: readonly SeenService[];
  readonly seenSpans: readonly SeenSpan[];
  readonly seenAttributes: readonly SeenAttribute[];
  readonly brokenBoundaries: readonly BrokenBoundary[];
  readonly keptBoundaries: readonly KeptBoundary[];
  readonly sensitiveValues: readonly SensitiveValue[];
  readonly missingParents: readonly MissingParent[];
  readonly nameFamilies: readonly NameFamily[];
  readonly bursts: readonly SpanBurst[];
  readonly resourceGaps: readonly ResourceGap[];
  readonly legacyAttributes: readonly LegacyAttribute[];
  readonly errorMismatches: readonly ErrorMismatch[];
  readonly samplingGaps: readonly SamplingGap[];
  readonly clientRoots: readonly ClientRoot[];
  readonly clockSkews: readonly ClockSkew[];
  readonly inactiveSpans: readonly InactiveSpan[];
}
