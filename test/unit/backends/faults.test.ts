import assert from 'node:assert/strict';
import { Forwarding } from '../../../src/engine/forwarding.ts';
import { Ingest } from '../../../src/engine/ingest.ts';
import { RemoteTraces } from '../../../src/engine/remoteTraces.ts';
import type { BackendKind } from '../../../src/model/backend.ts';
import { BodyMemory } from '../../../src/receive/bodyMemory.ts';
import { startOtlpHttp } from '../../../src/receive/otlp.ts';
import type { Receiver } from '../../../src/receive/receiver.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { postTraces, sampleTrace } from '../cli/telemetry.ts';
import { until } from '../receive/receiving.ts';
import { never } from './fakeBackend.ts';
import { type Fault, faults } from './faultyServer.ts';
import { quick } from './forward/forwarding.ts';

/** Who reads from a backend, and the paths that its version does not have. */
const readers: { readonly [name: string]: { readonly kind: BackendKind; readonly leaves?: RegExp } } = {
  'Jaeger with API v3': { kind: 'jaeger' },
  'Jaeger before it': { kind: 'jaeger', leaves: /^\/api\/v3/ },
  Tempo: { kind: 'tempo' },
  Zipkin: { kind: 'zipkin' },
};

/** How a fault is told by those who read; `unreachable` if it is not here. */
const told: { readonly [fault: string]: string } = {
  'has a name that nobody knows': 'unreachable|timedOut',
  'is behind a proxy that says nothing': 'timedOut',
  'never ends its answer': 'tooLarge',
  'shows a login page': 'refused|unreadable',
  'is asked too much': 'rateLimited',
  'is down for a while': 'failed',
  'takes connections and says nothing': 'timedOut',
  'drips its answer': 'timedOut',
};
const reached = /tooLarge|refused|unreadable|rateLimited|failed/;

/** What becomes of what is forwarded, where it is not tried again: over HTTP, a status is all that is needed. */
const settled: { readonly [fault: string]: 'sentItems' | 'rejectedItems' } = {
  'never ends its answer': 'sentItems',
  'shows a login page': 'rejectedItems',
};

/** Enough for a machine that is busy; where nothing else ends a request, there is no need to wait for long. */
const limitsFor = ({ isSilent }: Fault) => ({ connectMs: 5_000, answerMs: isSilent ? 100 : 5_000 });
const log = { write: () => {} };

describe('A server that', () => {
  let store: TraceStore;
  let receiver: Receiver;
  let forwarding: Forwarding;
  let sent: number;

  async function open(fault: Fault): Promise<void> {
    store = new TraceStore({ budgetBytes: 16_000_000 });
    const limits = limitsFor(fault);
    forwarding = new Forwarding(log, { times: quick, limits: { ...limits, connectMs: limits.answerMs } });
    sent = 0;
    const sink = new Ingest(store, log, undefined, forwarding);
    receiver = await startOtlpHttp({
      ...{ port: 0, policy: {}, memory: new BodyMemory(), sink },
      onRefused: ({ reason }) => assert.fail(reason),
    });
  }

  /** One more trace of three spans is sent here, acknowledged, and stored. */
  async function receive(): Promise<void> {
    const traceId = `${++sent}`.padStart(32, '0');
    await postTraces(`http://127.0.0.1:${receiver.port}`, sampleTrace(traceId, 1_700_000_000));
    assert.equal(store.counters.spansStored, 3 * sent);
  }

  for (const fault of faults)
    describe(fault.name, () => {
      beforeEach(() => open(fault));
      afterEach(() => receiver.close());

      for (const protocol of ['http/protobuf', 'grpc'] as const)
        it(`holds up nobody when it is forwarded to over ${protocol}`, async () => {
          const server = await fault.start();
          try {
            forwarding.start({ url: server.url, protocol }, []);
            await receive();
            const outcome = protocol === 'grpc' ? undefined : settled[fault.name];
            const status = () => {
              const now = forwarding.status;
              assert.ok(now.state !== 'off');
              return now;
            };
            if (outcome !== undefined) await until(() => status()[outcome] === 3, outcome);
            else await until(() => status().state === 'retrying', 'tried again');
            await receive();
            const { lastError, queuedBytes, sentItems, droppedItems } = status();
            if (outcome !== 'sentItems') assert.ok((lastError?.reason ?? '').length > 3, lastError?.reason);
            if (outcome === undefined) {
              assert.ok(queuedBytes > 0);
              assert.deepEqual([sentItems, droppedItems], [0, 0]);
            }
            await forwarding.stop();
            await receive();
          } finally {
            await forwarding.stop();
            await server.close();
          }
        });

      for (const [name, { kind, leaves }] of Object.entries(readers))
        it(`holds up nobody when it is read from as ${name}`, async () => {
          const server = await fault.start(leaves);
          const remote = new RemoteTraces({ ...limitsFor(fault), backOffMs: 1, answerBytes: 50_000 });
          try {
            const query = '{ resource.service.name = "orders" }';
            const asking = remote
              .search({ kind, url: server.url }, { query, limit: 5, spansPerTrace: 1 }, never)
              .then(
                () => assert.fail('it answered'),
                (error: Error & { kind?: string }) => error,
              );
            await receive();
            const error = await asking;
            assert.equal(error.name, 'BackendError', error.stack);
            assert.match(
              error.kind ?? '',
              new RegExp(`^(?:${told[fault.name] ?? 'unreachable'})$`),
              error.message,
            );
            const [{ url, isReachable, lastError }] = remote.states;
            assert.equal(url, new URL(server.url).href);
            assert.equal(isReachable, reached.test(error.kind ?? ''));
            assert.equal(lastError?.reason, error.message);
            await receive();
          } finally {
            await remote.close();
            await server.close();
          }
        });
    });
});
