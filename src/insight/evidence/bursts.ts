import { addToGroup } from '../../base/groups.ts';
import type { SpanBurst } from '../../model/evidence.ts';
import { noSpan, type SpanRef } from '../../store/spanRef.ts';
import { kinds, type ObservedSpan, statuses } from './observedSpan.ts';
import type { ObservedTrace, Observer } from './observer.ts';
import type { SpanGroup } from './spanGroups.ts';
import { type Place, Tally } from './tally.ts';
import { pathTemplate, statementTemplate } from './templates.ts';

const leastOf = { calls: 10, internal: 20 } as const;
const shortNano = 5e6;
/** Starts and ends may be rounded to a millisecond. */
const roundingNano = 1e6;
/** Of neighbours, those that must follow each other; a few may overlap. */
const leastShare = 0.9;
/** Of one trace: what is beyond is more of the same. */
const mostRepeated = 20_000;

/** Spans of one group under one parent. */
interface Family {
  readonly form: SpanBurst['form'];
  readonly group: SpanGroup;
  readonly refs: SpanRef[];
}

interface Member {
  readonly place: Place;
  readonly end: number;
  readonly failed: boolean;
}

interface BurstFacts {
  readonly form: SpanBurst['form'];
  readonly group: SpanGroup;
  readonly operation: string | undefined;
  readonly parentName: string;
  readonly most: number;
}

/** E6: the same again and again under one parent, one after the other: a query per row, a span per turn of a loop. */
export class Bursts implements Observer<Bursts> {
  readonly #tally = new Tally<BurstFacts>({
    combine: (mine, other) => (other.most > mine.most ? other : mine),
  });
  /** Of the current trace, by parent, then by group. */
  #families = new Map<SpanRef, Map<string, Family>>();
  #count = 0;

  span({ kind, parent, group, ref }: ObservedSpan): void {
    const form = kind === kinds.client ? 'calls' : kind === kinds.internal ? 'internal' : undefined;
    if (form === undefined || parent === noSpan || this.#count >= mostRepeated) return;
    this.#count++;
    let families = this.#families.get(parent);
    if (families === undefined) this.#families.set(parent, (families = new Map<string, Family>()));
    const family = families.get(group.key);
    if (family === undefined) families.set(group.key, { form, group, refs: [ref] });
    else family.refs.push(ref);
  }

  endOfTrace(trace: ObservedTrace): void {
    for (const families of this.#families.values())
      for (const family of families.values())
        if (family.refs.length >= leastOf[family.form]) this.#addFamily(family, trace);
    if (this.#count > 0) this.#families = new Map();
    this.#count = 0;
  }

  merge(other: Bursts): void {
    this.#tally.merge(other.#tally);
  }

  list() {
    return this.#tally.list();
  }

  #addFamily({ form, group, refs }: Family, trace: ObservedTrace): void {
    const byOperation = new Map<string | undefined, Member[]>();
    let parentName = '';
    for (const ref of refs) {
      const span = trace.revisit(ref);
      const { traceNumber, traceId, spanId, start, end } = span;
      const operation = form === 'calls' ? operationOf(span) : undefined;
      const member = {
        place: { traceNumber, traceId, spanId, start },
        end,
        failed: span.status === statuses.error,
      };
      addToGroup(byOperation, operation, member);
      parentName = span.parentHeader()?.group.spanName ?? '';
    }
    for (const [operation, members] of byOperation) {
      if (!isBurst(form, members)) continue;
      const facts = { form, group, operation, parentName, most: members.length };
      for (const { place } of members)
        this.#tally.add(`${group.key}\n${operation ?? ''}\n${parentName}`, place, () => facts);
    }
  }
}

function isBurst(form: SpanBurst['form'], members: readonly Member[]): boolean {
  if (members.length < leastOf[form]) return false;
  const ordered = members.toSorted((a, b) => a.place.start - b.place.start || a.end - b.end);
  const isMost = (count: number, of: number) => count >= of * leastShare;
  let followed = 0;
  let working = 0;
  const gaps: number[] = [];
  for (const [at, { place, end }] of ordered.entries()) {
    working += end - place.start;
    if (at === 0) continue;
    const gap = place.start - ordered[at - 1].end;
    if (gap >= -roundingNano) followed++;
    gaps.push(Math.max(0, gap));
  }
  if (!isMost(followed, ordered.length - 1)) return false;
  if (form === 'internal')
    return isMost(ordered.filter(({ place, end }) => end - place.start < shortNano).length, ordered.length);
  // Calls that mostly fail are retries; calls with long pauses between them wait for something.
  const failed = ordered.filter(each => each.failed).length;
  const medianGap = gaps.sort((a, b) => a - b)[gaps.length >> 1];
  const meanWork = working / ordered.length;
  return failed * 2 < ordered.length && !(medianGap > 100e6 && medianGap > 10 * meanWork);
}

/** What a client span does, without what differs from call to call; `undefined` if its attributes do not tell. */
function operationOf(span: ObservedSpan): string | undefined {
  const statement = span.text('db.query.text', 'db.statement', 'db.query.summary');
  if (statement !== undefined) return statementTemplate(statement);
  const operation = span.text('db.operation.name', 'db.operation');
  if (operation !== undefined)
    return `${operation} ${span.text('db.collection.name', 'db.sql.table', 'db.mongodb.collection') ?? ''}`.trim();
  const rpc = span.text('rpc.method');
  if (rpc !== undefined) return `${span.text('rpc.service') ?? ''} ${rpc}`.trim();
  const method = span.text('http.request.method', 'http.method');
  const url = span.text('url.full', 'http.url') ?? span.text('url.path', 'http.target');
  if (url === undefined) return method;
  const [, origin = '', path = url] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)([^?#]*)/i.exec(url) ?? [];
  return `${method ?? ''} ${origin.replace(/\/\/[^@/]*@/, '//')}${pathTemplate(path.split(/[?#]/, 1)[0])}`.trim();
}
