/**
 * Source files as spans see them: what is looked up, what is found, and what a file says about the spans it makes.
 * Lines and columns are 1-based, columns in UTF-16 units.
 */
import type { KeyValue } from './anyValue.ts';
import type { SpanKind } from './span.ts';

/** As much of a span as leads to its line. */
export interface SpanToLocate {
  name: string;
  serviceName: string;
  scopeName: string;
  /** 0–5. */
  kind: number;
  attributes: readonly KeyValue[];
  /** `exception.stacktrace` and `code.stacktrace` texts of the span, its events and its logs, newest last. */
  stackTraces: readonly string[];
}

/** A place in the source that a span leads to. */
export interface SourceCandidate {
  /** URI of the file. */
  uri: string;
  /** Relative to the workspace folder, with `/`, for display. */
  path: string;
  /** 1-based. */
  line: number;
  column?: number;
  /** 0–1. Below 0.85 a candidate is only offered, never opened by itself. */
  confidence: number;
  /** Why: `code.file.path`, `exception stack trace`, `span name literal`… */
  strategy: string;
  /** The text of the line, trimmed; '' if it could not be read. */
  preview: string;
}

export interface SourceRange {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
}

/** Literal text, and `null` for each part that is only known when the program runs. */
export type NameParts = readonly (string | null)[];

/** A call that starts a span. */
export interface SpanCallSite extends SourceRange {
  readonly name: NameParts;
  /** The callee's last segment: `startActiveSpan`, `start_as_current_span`, `Start`, or a project's own helper. */
  readonly api: string;
  /** A method of the OpenTelemetry API, a helper of this file, or only a callee whose name speaks of spans. */
  readonly via: 'api' | 'helper' | 'hint';
  /** Index of the argument that is the name. */
  readonly nameArgument: number;
  /** Name the tracer was made with; `__name__` stands for the Python module's own name. */
  readonly tracerName?: string;
  readonly kind?: SpanKind;
  /** Qualified within the file: `OrderService.place`. */
  readonly functionName?: string;
}

/** A function that passes one of its parameters on as a span's name. */
export interface SpanHelper {
  readonly name: string;
  readonly parameterIndex: number;
  /** What it puts around the parameter. */
  readonly prefix: string;
  readonly suffix: string;
  readonly line: number;
  readonly endLine: number;
}

/** A request handler's registration. */
export interface RouteSite extends SourceRange {
  /** Upper case; `*` for any. */
  readonly method: string;
  /** As written: `/orders/:id`, `/orders/{id}`, `/orders/<int:id>`. */
  readonly path: string;
  readonly functionName?: string;
}

export interface FunctionSite {
  /** Qualified within the file: `OrderService.place`; `` for one without a name. */
  readonly name: string;
  readonly line: number;
  readonly endLine: number;
}

export interface SourceFacts {
  readonly spanCallSites: readonly SpanCallSite[];
  readonly spanHelpers: readonly SpanHelper[];
  readonly routes: readonly RouteSite[];
  /** Path prefixes under which routers of other files are mounted: `app.use('/api', orders)`. */
  readonly mounts: readonly string[];
  readonly functions: readonly FunctionSite[];
}
