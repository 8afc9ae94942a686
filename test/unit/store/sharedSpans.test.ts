import assert from 'node:assert/strict';
import { scanTraces } from '../../../src/decode/otlp/scanTraces.ts';
import { zipkinJson } from '../../../src/decode/zipkin/json.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { assembleTrace } from '../../../src/store/assembly/traceTree.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';

const traceId = '463ac35c9f6413ad48485a3953bb6124';
const span = (id: string, parentId: string | undefined, name: string, kind: string, service: string) => ({
  ...{ traceId, id, parentId, name, kind },
  timestamp: 1_700_000_000_000_000 + name.length,
  duration: 100,
  localEndpoint: { serviceName: service },
});

/** `root` calls `stock` over the shared span 2; each side has a span of its own below it. */
const client = span('0000000000000002', '0000000000000001', 'get', 'CLIENT', 'frontend');
const server = {
  ...span('0000000000000002', '0000000000000001', 'get /stock', 'SERVER', 'stock'),
  shared: true,
};
const spans = {
  root: span('0000000000000001', undefined, 'root', 'SERVER', 'frontend'),
  client,
  server,
  serialize: span('0000000000000003', '0000000000000002', 'serialize', '', 'frontend'),
  query: span('0000000000000004', '0000000000000002', 'query', '', 'stock'),
};

describe('spans that two sides share', () => {
  for (const order of [
    ['root', 'client', 'server', 'serialize', 'query'],
    ['query', 'server', 'serialize', 'client', 'root'],
  ] as const)
    it(`are two spans, each with its own children (${order.join(', ')})`, () => {
      const store = new TraceStore({ budgetBytes: 4_000_000 });
      for (const name of order) {
        const batch = new SpanBatch();
        scanTraces(zipkinJson([spans[name]]).body, batch);
        store.append(batch);
      }
      const tree = assembleTrace(store, 0);
      const nameOf = (i: number) => {
        const segment = store.segmentOf(tree.refs[i]);
        return store.names.string(segment.name[store.rowOf(tree.refs[i])]);
      };
      const below = Array.from({ length: tree.count }, (_, i) => [
        nameOf(i),
        tree.parent[i] < 0 ? undefined : nameOf(tree.parent[i]),
      ]);
      assert.deepEqual(Object.fromEntries(below), {
        root: undefined,
        get: 'root',
        'get /stock': 'get',
        serialize: 'get',
        query: 'get /stock',
      });
      assert.deepEqual([...tree.flags], [0, 0, 0, 0, 0]);
    });
});
