import { displayValue } from '../model/anyValue.ts';
import type { Completion } from '../protocol/control.ts';
import { type CountedValue, countAttributeKeys, countAttributeValues } from '../store/attributeSearch.ts';
import type { StoredResource } from '../store/resourceTable.ts';
import type { Segment } from '../store/segment.ts';
import { noTrace } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { oldestSegments } from './segmentWalk.ts';
import { completionPlace } from './traceql/completion.ts';
import { Turns } from './turns.ts';

/** Keys and values that are counted, and candidates in an answer. */
const mostCounted = 5000;
const mostCandidates = 100;

export interface CompletionOptions {
  readonly query: string;
  /** Place of the cursor, UTF-16 units from the start. */
  readonly offset: number;
  readonly signal?: { readonly aborted: boolean };
}

/** What could stand at the cursor: words that fit, and attributes and values of the stored spans, the most frequent first. */
export async function completeQuery(store: TraceStore, options: CompletionOptions): Promise<Completion> {
  const { query, offset, signal } = options;
  const { from, typed, words, attributes, valuesOf } = completionPlace(query, offset);
  const turns = new Turns(signal);
  const found: Completion['candidates'] = words.map(({ text, kind }) => ({ text, kind }));
  if (attributes !== undefined)
    for (const [name, count] of await attributeNames(store, turns, attributes.scope))
      found.push({ text: name, kind: 'attribute', count });
  if (valuesOf !== undefined)
    for (const { text, count } of await values(store, turns, valuesOf))
      found.push({ text, kind: 'value', count });
  const plain = (text: string): string => text.toLowerCase().replace(/["`]/g, '');
  const wanted = plain(typed);
  const fits = found.filter(({ text }) => plain(text).includes(wanted));
  const begins = (text: string): number => (plain(text).startsWith(wanted) ? 0 : 1);
  return {
    from,
    candidates: fits
      .sort((a, b) => begins(a.text) - begins(b.text) || (b.count ?? 0) - (a.count ?? 0))
      .slice(0, mostCandidates),
  };
}

/** `span.http.route` → in how many spans it is. */
async function attributeNames(store: TraceStore, turns: Turns, scope: string): Promise<Map<string, number>> {
  const names = new Map<string, number>();
  const counts = new Map<string, number>();
  if (scope !== 'resource.')
    await overSegments(store, turns, segment => countAttributeKeys(segment, counts, mostCounted));
  if (scope === '' || scope === 'span.' || scope === '.')
    for (const [key, count] of counts) names.set(`${scope === '.' ? '.' : 'span.'}${quoted(key)}`, count);
  if (scope === '' || scope === 'resource.' || scope === '.')
    for (const [{ resource }, count] of await spansByResource(store, turns))
      for (const { key } of resource.attributes ?? []) {
        const name = `${scope === '.' ? '.' : 'resource.'}${quoted(key)}`;
        names.set(name, (names.get(name) ?? 0) + count);
      }
  return names;
}

async function values(
  store: TraceStore,
  turns: Turns,
  field: string,
): Promise<{ text: string; count: number }[]> {
  const counted = new Map<string, CountedValue>();
  const add = (id: string, value: CountedValue['value'], count: number): void => {
    const known = counted.get(id);
    if (known !== undefined) known.count += count;
    else if (counted.size < mostCounted) counted.set(id, { value, count });
  };
  const [, scope = '', key = ''] = /^(span|resource|)\.(.*)$/s.exec(field) ?? [];
  const name = key.replace(/"((?:[^"\\]|\\.)*)"/g, (_, text: string) => text.replace(/\\(.)/g, '$1'));
  if (field === 'name' || field === 'span:name') await countNames(store, turns, add);
  else if (field === 'rootServiceName' || field === 'trace:rootService')
    await countResources(store, turns, 'service.name', add);
  else if (name !== '') {
    const bytes = Buffer.from(name);
    if (scope !== 'resource')
      await overSegments(store, turns, segment => countAttributeValues(segment, bytes, counted, mostCounted));
    if (scope !== 'span') await countResources(store, turns, name, add);
  }
  return [...counted.values()].flatMap(({ value, count }) => {
    if ('stringValue' in value) return [{ text: JSON.stringify(value.stringValue), count }];
    const isScalar = 'intValue' in value || 'doubleValue' in value || 'boolValue' in value;
    return isScalar ? [{ text: displayValue(value), count }] : [];
  });
}

/** Ends early if nobody waits any more. */
async function overSegments(
  store: TraceStore,
  turns: Turns,
  work: (segment: Segment) => Generator<void, void>,
): Promise<void> {
  const isStored = (segment: Segment): boolean => store.segments().includes(segment);
  for (const { segment } of oldestSegments(store)) {
    for (const _ of work(segment)) {
      if (turns.ended) return;
      if (!turns.isOver) continue;
      await turns.pause();
      if (!isStored(segment)) break;
    }
  }
}

type Add = (id: string, value: CountedValue['value'], count: number) => void;

async function countNames(store: TraceStore, turns: Turns, add: Add): Promise<void> {
  await overSegments(store, turns, segment =>
    countIds(segment, segment.name, store.names.size, (id, count) => {
      const name = store.names.string(id);
      add(`name ${name}`, { stringValue: name }, count);
    }),
  );
}

async function countResources(store: TraceStore, turns: Turns, key: string, add: Add): Promise<void> {
  for (const [{ resource }, count] of await spansByResource(store, turns)) {
    const value = resource.attributes?.findLast(each => each.key === key)?.value;
    if (value !== undefined) add(`resource ${JSON.stringify(value)}`, value, count);
  }
}

/** Resources themselves: an id may be another one's after a pause. */
async function spansByResource(store: TraceStore, turns: Turns): Promise<Map<StoredResource, number>> {
  const counts = new Map<StoredResource, number>();
  await overSegments(store, turns, segment =>
    countIds(segment, segment.resource, store.resources.size, (id, count) => {
      const resource = store.resources.get(id);
      counts.set(resource, (counts.get(resource) ?? 0) + count);
    }),
  );
  return counts;
}

/** Tells how many live spans have each id in a column, all of which are below `ids`. */
function* countIds(
  { count, trace }: Segment,
  column: Uint32Array,
  ids: number,
  tell: (id: number, count: number) => void,
): Generator<void, void> {
  const counts = new Uint32Array(ids);
  for (let row = 0; row < count; row++) if (trace[row] !== noTrace) counts[column[row]]++;
  for (let id = 0; id < ids; id++) if (counts[id] > 0) tell(id, counts[id]);
  yield;
}

/** A name as it is written in a query: with quotes if it has what would end it. */
function quoted(name: string): string {
  return /^[^\s{}()=~!<>&|^,"\\]+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}
