import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { sliceJson } from '../../../src/decode/files/jsonSlices.ts';
import { readJsonFile } from '../../../src/decode/files/readJsonFile.ts';
import { tracesToJaeger } from '../../../src/decode/jaeger/fromTraces.ts';
import { readMessage } from '../../../src/decode/otlp/readMessage.ts';
import { tracesSchema } from '../../../src/decode/otlp/schema.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import { tracesToZipkin } from '../../../src/decode/zipkin/fromTraces.ts';
import { plainAttributes } from '../../../src/model/anyValue.ts';
import type { Span, TracesData } from '../../../src/model/span.ts';

const whole = Number.POSITIVE_INFINITY;

function group(service: string, first: number, count: number, scopes: number) {
  const span = (number: number): Span => ({
    traceId: `${number >> 2}`.padStart(32, 'a'),
    spanId: `${number}`.padStart(16, 'b'),
    name: `größe "${number}" [{`,
    kind: 1,
    startTimeUnixNano: `${1_790_000_000_000_000_000n + BigInt(number) * 1000n}`,
    endTimeUnixNano: '1790000000000500000',
    attributes: [{ key: 'spans', value: { arrayValue: { values: [{ intValue: '1' }] } } }],
  });
  return {
    scopeSpans: Array.from({ length: scopes }, (_, scope) => ({
      spans: Array.from({ length: count }, (_, at) => span(first + scope * count + at)),
      scope: { name: `scope ${scope}` },
    })),
    // What all spans need may come after them.
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
  };
}

const traces = { resourceSpans: [group('a', 10, 3, 2), group('b', 30, 1, 1), group('c', 40, 9, 1)] };
const zipkin = tracesToZipkin(traces);
const documents: { readonly [form: string]: object } = {
  'OTLP JSON': traces,
  'Jaeger API v3 JSON': { result: traces },
  'Tempo JSON': { batches: traces.resourceSpans },
  'Jaeger JSON': tracesToJaeger(traces),
  'Zipkin JSON': zipkin,
  'Zipkin JSON in lists': [zipkin.slice(0, 9), [], zipkin.slice(9)],
};

interface Told {
  readonly spans: readonly string[];
  readonly requests: number;
  readonly rejected: number;
  readonly warnings: readonly string[];
  /** Why nothing could be read. */
  readonly refusal: string;
}

/** What reading a text gives; spans in no order, with their service and scope after their id. */
function read(text: string | Uint8Array, sliceBytes: number): Told {
  const requests: Uint8Array[] = [];
  const work = readJsonFile('file', Buffer.from(text), request => requests.push(request), sliceBytes);
  const spans = () =>
    requests
      .flatMap(
        body => (readMessage(tracesSchema, body, assert.fail) as unknown as TracesData).resourceSpans ?? [],
      )
      .flatMap(({ resource, scopeSpans }) => {
        const service = plainAttributes(resource?.attributes ?? [])['service.name'];
        return (scopeSpans ?? []).flatMap(({ scope, spans }) =>
          (spans ?? []).map(({ spanId, name }) => `${spanId} ${name} ${service} ${scope?.name}`),
        );
      })
      .sort();
  try {
    for (;;) {
      const { done, value } = work.next();
      if (done !== true) continue;
      const { rejected, warnings } = value;
      return { spans: spans(), requests: requests.length, rejected, warnings, refusal: '' };
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { spans: [], requests: 0, rejected: 0, warnings: [], refusal: error.message };
  }
}

const ids = ({ spans }: Told) => spans.map(span => span.slice(0, 16));
const line = (text: string) => /line (\d+)/.exec(text)?.[1];

describe('a JSON document in slices', () => {
  for (const [form, document] of Object.entries(documents))
    for (const indent of [0, 2]) {
      const text = JSON.stringify(document, undefined, indent);
      const name = `${form}${indent === 0 ? '' : ', over lines'}`;

      it(`${name}: is what it is as a whole, however small they are`, () => {
        const { requests, ...all } = read(text, whole);
        assert.equal(all.spans.length, 16);
        assert.equal(requests, 1);
        for (const sliceBytes of [1, 200, 500, 2000]) {
          const { requests: parts, ...told } = read(text, sliceBytes);
          assert.deepEqual(told, all, `${sliceBytes} bytes`);
          assert.ok(parts > 1, `${sliceBytes} bytes: ${parts} parts`);
        }
      });

      it(`${name}: gives what is whole of it when it was cut off, and says where`, () => {
        const bytes = Buffer.from(text);
        for (let length = 1; length < bytes.length; length += 31) {
          const cut = bytes.subarray(0, length);
          const [all, sliced] = [read(cut, whole), read(cut, 300)];
          const told = ids(sliced);
          for (const id of ids(all)) assert.ok(told.includes(id), `cut after ${length} bytes: ${id} is lost`);
          // Of a list in a list, more is found whole.
          if (sliced.refusal === '' && all.refusal !== '') continue;
          assert.equal(sliced.refusal, all.refusal);
          assert.deepEqual(sliced.warnings.map(line), all.warnings.map(line), `cut after ${length} bytes`);
        }
      });

      it(`${name}: loses no more by a broken byte than as a whole`, () => {
        const random = new Random(7);
        for (let times = 0; times < 100; times++) {
          const bytes = Buffer.from(text);
          bytes[random.between(0, bytes.length - 1)] = random.pick([...Buffer.from('x{}[],":\\1 \n')]);
          const [all, sliced] = [read(bytes, whole), read(bytes, 300)];
          const told = new Set(ids(sliced));
          const missing = ids(all).filter(span => !told.has(span));
          assert.deepEqual(missing, [], `${times}: ${JSON.stringify([all, sliced], undefined, 1)}`);
          if (all.warnings.length > 0 || all.refusal !== '')
            assert.ok(sliced.warnings.length > 0 || sliced.refusal !== '', `${times}: nothing said`);
        }
      });
    }

  it('repeats nothing that is large', () => {
    const attributes = [{ key: 'service.name', value: { stringValue: 'x'.repeat(10_000) } }];
    const content = JSON.stringify({
      resourceSpans: [{ resource: { attributes }, scopeSpans: group('', 10, 50, 1).scopeSpans }],
    });
    let bytes = 0;
    const work = sliceJson(Buffer.from(content), 200);
    let step = work.next();
    while (!step.done) step = work.next();
    for (const slice of step.value.slices)
      for (const part of slice) bytes += typeof part === 'string' ? part.length : part.to - part.from;
    assert.ok(bytes < 4 * content.length, `${bytes} of ${content.length}`);
  });

  it('goes through deep, endless and wrongly closed lists', () => {
    const texts = [
      '['.repeat(1e6),
      '{"data":['.repeat(1e5),
      '[}',
      '{"data":[{]}]',
      ']',
      '"',
      '{"spans":[1,,2]}',
    ];
    for (const text of texts) {
      const { spans, refusal } = read(text, 1000);
      assert.deepEqual(spans, []);
      assert.match(refusal, /is not JSON: line 1/);
    }
  });
});
