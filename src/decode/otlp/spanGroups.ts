import { checkSpans } from '../checkSpans.ts';
import { AttributeWriter, sized } from './attributeWriter.ts';
import type { NormalizedRequest } from './requests.ts';
import type { SpanHeader } from './spanHeader.ts';
import { SpanWriter } from './spanWriter.ts';

/** Spans that have resource and scope in common. */
interface Group {
  readonly resource: number;
  readonly scope: number;
  /** `from, to` of spans that follow each other, in turn. */
  readonly runs: number[];
}

/** Of a message's fields: `ResourceSpans.resource` and `ScopeSpans.scope` have the same, and so have the lists in both. */
const ownTag = 0x0a;
const listTag = 0x12;

/**
 * Makes an `ExportTraceServiceRequest` of the spans of a request while they are read. Each is written once; what its
 * resource and scope are may be told as late as at its end. Spans with equal ones end up together.
 */
export class SpanGroups {
  /** Where attributes of a span go. */
  readonly span = new SpanWriter();
  /** Where its events and links go, and whatever follows them. */
  readonly rest = new AttributeWriter();
  /** Where the content of the next `Resource` and `InstrumentationScope` goes. */
  readonly resource = new AttributeWriter();
  readonly scope = new AttributeWriter();
  readonly #writers = [this.span, this.rest, this.resource, this.scope];
  readonly #resources = new Interned();
  readonly #scopes = new Interned();
  /** By the numbers of resource and scope. */
  readonly #groups = new Map<number, Map<number, Group>>();
  #last: Group | undefined;
  #resourceNumber = 0;
  #scopeNumber = 0;
  #spans = 0;
  #rejected = 0;
  #reason = '';

  /** What texts are copied from, from now on. */
  readFrom(source: Uint8Array): void {
    const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    for (const writer of this.#writers) writer.readFrom(source, view);
  }

  /** What was written to `resource` is that of the spans that end from now on. */
  useResource(): void {
    this.#resourceNumber = this.#resources.take(this.resource);
  }

  useScope(): void {
    this.#scopeNumber = this.#scopes.take(this.scope);
  }

  /** Throws a `DecodeError` if there are too many. */
  beginSpan(): void {
    checkSpans(++this.#spans);
    this.rest.rewind(0);
    this.span.beginSpan();
  }

  /** Forgets the span that was begun. */
  dropSpan(): void {
    this.#spans--;
    this.span.dropSpan();
  }

  /** Ends the span. One with a problem is left out and counted. */
  endSpan(header: SpanHeader): void {
    if (header.problem !== undefined) {
      this.span.dropSpan();
      if (this.#rejected++ === 0) this.#reason = header.problem;
      return;
    }
    const from = this.span.endSpan(header, this.rest);
    const { runs } = this.#group();
    const last = runs.length - 1;
    if (runs[last] === from) runs[last] = this.span.position;
    else runs.push(from, this.span.position);
  }

  /** The request, of which nothing is kept. */
  finish(): NormalizedRequest {
    const spans = this.span.written;
    const all = [...this.#groups].map(([number, groups]) => {
      const resource = this.#resources.at(number);
      const lists = [...groups.values()].map(({ scope: scopeNumber, runs }) => {
        const scope = this.#scopes.at(scopeNumber);
        return { scope, runs, length: lengthOf(scope, runs) };
      });
      const length = lists.reduce((sum, list) => sum + 1 + sized(list.length), 1 + sized(resource.length));
      return { resource, lists, length };
    });
    const out = new AttributeWriter(all.reduce((sum, { length }) => sum + 1 + sized(length), 0));
    for (const { resource, lists, length } of all) {
      out.open(ownTag, length);
      out.open(ownTag, resource.length);
      out.raw(resource, 0, resource.length);
      for (const { scope, runs, length: scopeSpans } of lists) {
        out.open(listTag, scopeSpans);
        out.open(ownTag, scope.length);
        out.raw(scope, 0, scope.length);
        for (let i = 0; i < runs.length; i += 2) out.raw(spans, runs[i], runs[i + 1]);
      }
    }
    return { body: out.written, rejected: this.#rejected, reason: this.#reason };
  }

  /** Lets go of what was read, be it finished or not. */
  release(): void {
    for (const writer of this.#writers) writer.release();
    this.#resources.clear();
    this.#scopes.clear();
    this.#groups.clear();
    this.#last = undefined;
    this.#spans = 0;
    this.#rejected = 0;
    this.#reason = '';
  }

  #group(): Group {
    const resource = this.#resourceNumber;
    const scope = this.#scopeNumber;
    if (this.#last?.resource === resource && this.#last.scope === scope) return this.#last;
    const scopes = this.#groups.get(resource) ?? new Map<number, Group>();
    this.#groups.set(resource, scopes);
    this.#last = scopes.get(scope) ?? { resource, scope, runs: [] };
    scopes.set(scope, this.#last);
    return this.#last;
  }
}

function lengthOf(scope: Uint8Array, runs: readonly number[]): number {
  let length = 1 + sized(scope.length);
  for (let i = 0; i < runs.length; i += 2) length += runs[i + 1] - runs[i];
  return length;
}

/** Numbers for messages with equal bytes. Most are like the one before. */
class Interned {
  readonly #messages: Uint8Array[] = [];
  readonly #numbers = new Map<string, number>();
  #last = -1;

  /** The number of what was written, which is taken away. */
  take(writer: AttributeWriter): number {
    if (this.#last >= 0 && writer.hasWritten(this.#messages[this.#last])) {
      writer.rewind(0);
      return this.#last;
    }
    const { written } = writer;
    writer.rewind(0);
    const key = written.toString('latin1');
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#messages.push(Uint8Array.from(written)) - 1;
      this.#numbers.set(key, number);
    }
    this.#last = number;
    return number;
  }

  at(number: number): Uint8Array {
    return this.#messages[number];
  }

  clear(): void {
    this.#messages.length = 0;
    this.#numbers.clear();
    this.#last = -1;
  }
}
