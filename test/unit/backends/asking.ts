import assert from 'node:assert/strict';
import type { Backend, BackendSearch } from '../../../src/backends/backend.ts';
import { openBackend } from '../../../src/backends/openBackend.ts';
import { decodeTraces } from '../../../src/decode/otlp/requests.ts';
import { plainAttributes } from '../../../src/model/anyValue.ts';
import type { BackendKind } from '../../../src/model/backend.ts';
import type { ResourceSpans, TracesData } from '../../../src/model/span.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { nanos } from '../../../src/model/time.ts';
import { exportTraces } from '../../../src/query/exportTraces.ts';
import { remoteQuery } from '../../../src/query/remoteQuery.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { FakeBackend, never } from './fakeBackend.ts';

export const traceId = '00a1b2c3d4e5f60718293a4b5c6d7e8f';
export const second = 1_000_000_000n;
export const startOfTrace = 1_700_000_000n * second;

/** Two spans in two services, the second with an error. */
export const trace: TracesData = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'gateway' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId,
              spanId: '00000000000000a1',
              name: 'GET /cart',
              kind: 2,
              startTimeUnixNano: `${startOfTrace}`,
              endTimeUnixNano: `${startOfTrace + 2n * second}`,
              attributes: [{ key: 'http.route', value: { stringValue: '/cart' } }],
            },
          ],
        },
      ],
    },
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId,
              spanId: '00000000000000b1',
              parentSpanId: '00000000000000a1',
              name: 'SELECT',
              kind: 3,
              startTimeUnixNano: `${startOfTrace + second}`,
              endTimeUnixNano: `${startOfTrace + second + 5n}`,
              status: { code: 2 },
            },
          ],
        },
      ],
    },
  ],
};

export function searchFor(query: string, more: Partial<BackendSearch> = {}): BackendSearch {
  return {
    ...remoteQuery(query),
    limit: 20,
    spansPerTrace: 3,
    start: nanos(startOfTrace - 60n * second),
    end: nanos(startOfTrace + 60n * second),
    ...more,
  };
}

/** A backend that answers what a test of a suite says, and clients of it. */
export function useFakeBackend() {
  let fake: FakeBackend;
  const open: Backend[] = [];

  before(async () => {
    fake = await FakeBackend.start();
  });
  beforeEach(() => fake.reset());
  afterEach(async () => {
    for (const backend of open.splice(0)) await backend.close();
  });
  after(() => fake.stop());

  async function backend(kind?: BackendKind): Promise<Backend> {
    const made = await openBackend({ url: fake.url, ...(kind !== undefined && { kind }) }, never, {
      backOffMs: 1,
    });
    open.push(made);
    return made;
  }

  /** What a fetched trace is when it is stored. */
  async function stored(kind: BackendKind): Promise<TracesData> {
    const fetched = await (await backend(kind)).trace(traceId, never);
    assert.ok(fetched !== undefined);
    const store = new TraceStore({ budgetBytes: 16 << 20 });
    const batch = new SpanBatch();
    for (const request of fetched.requests) {
      decodeTraces(request, 'protobuf', batch);
      store.append(batch);
    }
    const { resourceSpans } = exportTraces(store, [traceId]);
    const start = ({ scopeSpans }: ResourceSpans) => scopeSpans[0].spans[0].startTimeUnixNano;
    return {
      resourceSpans: resourceSpans
        .toSorted((a, b) => (start(a) < start(b) ? -1 : 1))
        .map(({ resource, scopeSpans }) => ({
          resource,
          scopeSpans: scopeSpans.map(({ spans }) => ({ spans })),
        })),
    };
  }

  return {
    get fake() {
      return fake;
    },
    backend,
    stored,
    /** Of what was asked. */
    paths: () => fake.asked.map(({ path }) => path),
    query: (at = 0) => Object.fromEntries(fake.asked[at].query),
  };
}

/** Service, name, seconds and parent of every span. */
export function outline({ resourceSpans }: TracesData) {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(span => [
        plainAttributes(resource?.attributes ?? [])['service.name'],
        span.name,
        Math.ceil(Number(BigInt(span.endTimeUnixNano) - startOfTrace) / 1e9),
        span.parentSpanId,
      ]),
    ),
  );
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left & 127) | 128);
  }
}
