import type { ErrorMismatch } from '../../model/evidence.ts';
import { kinds, type ObservedSpan, statuses } from './observedSpan.ts';
import type { Observer } from './observer.ts';
import type { SpanGroup } from './spanGroups.ts';
import { Tally } from './tally.ts';

const statusCodeKeys = ['http.response.status_code', 'http.status_code'] as const;
/** Any of these tells which error it was. */
const descriptions = [
  'error.type',
  'rpc.grpc.status_code',
  'rpc.response.status_code',
  'db.response.status_code',
];

/** E9: the status against what else a span says of its success. */
export class ErrorMismatches implements Observer<ErrorMismatches> {
  readonly #tally = new Tally<{ readonly group: SpanGroup; readonly form: ErrorMismatch['form'] }>();

  span(span: ObservedSpan): void {
    const form = mismatch(span);
    if (form === undefined) return;
    const { group } = span;
    this.#tally.add(`${group.key}\n${form}`, span, () => ({ group, form }));
  }

  merge(other: ErrorMismatches): void {
    this.#tally.merge(other.#tally);
  }

  list() {
    return this.#tally.list();
  }
}

function mismatch(span: ObservedSpan): ErrorMismatch['form'] | undefined {
  if (span.status === statuses.error) return isDescribed(span) ? undefined : 'noDescription';
  if (span.status !== statuses.unset) return undefined;
  // Any server error is one for the server and for its caller (semantic conventions, HTTP spans, "Status").
  if (
    (span.kind === kinds.server || span.kind === kinds.client) &&
    Number(span.text(...statusCodeKeys)) >= 500
  )
    return 'httpStatus';
  return span.hasException ? 'exception' : undefined;
}

function isDescribed(span: ObservedSpan): boolean {
  return (
    span.statusMessage !== '' ||
    span.hasException ||
    Number(span.text(...statusCodeKeys)) >= 400 ||
    span.text(...descriptions) !== undefined
  );
}
