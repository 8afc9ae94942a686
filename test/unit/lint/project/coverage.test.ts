import assert from 'node:assert/strict';
import { goClients } from '../../../../src/lint/facts/clients/clientsGo.ts';
import { celery, pythonClients } from '../../../../src/lint/facts/clients/clientsPython.ts';
import { scriptClients } from '../../../../src/lint/facts/clients/clientsScript.ts';
import { type CoverageEvidence, coverageOf } from '../../../../src/lint/project/coverage.ts';
import type { Runtime } from '../../../../src/lint/project/launchers.ts';
import type { Coverage } from '../../../../src/lint/project/types.ts';

const none: CoverageEvidence = {
  instrumentations: new Map(),
  automatic: new Map(),
  providers: [],
  dependencies: new Map(),
  reliesOnVendor: false,
  setsUpItself: false,
  startsPlainly: false,
  without: new Map(),
};
const all: ReadonlyMap<Runtime, Coverage> = new Map(
  (['node', 'browser', 'python', 'go', 'java', 'dotnet'] as const).map(runtime => [runtime, 'active']),
);

describe('coverage', () => {
  it('is known for each client library', () => {
    const uncovered = new Set(
      [...scriptClients, ...pythonClients, celery, ...goClients].flatMap(({ id, inPages }) =>
        coverageOf(id, inPages === true ? 'browser' : 'server', { ...none, automatic: all }) === 'no'
          ? [id]
          : [],
      ),
    );
    // Nothing in OpenTelemetry's repositories injects for these; what instruments four of them is somebody else's.
    assert.deepEqual(
      [...uncovered].sort(),
      'azure-service-bus bull bullmq fedora-messaging google-pubsub http.client http2 mqtt nats-js nats-py nats.go node-rdkafka redis stomp.py watermill'.split(
        ' ',
      ),
    );
    const others = ['createAzureSdkInstrumentation', 'BullMQInstrumentation'];
    const instrumentations = new Map(others.map(name => [name, undefined]));
    for (const id of ['azure-service-bus', 'bull', 'bullmq'])
      assert.equal(coverageOf(id, 'server', { ...none, instrumentations }), 'active', id);
  });

  it('needs what is active, not what is installed, where code sets up the SDK', () => {
    const dependencies = new Map([['@opentelemetry/instrumentation-http', '1']]);
    assert.equal(coverageOf('axios', 'server', { ...none, dependencies }), 'listed');
    assert.equal(coverageOf('axios', 'server', { ...none, dependencies, setsUpItself: true }), 'no');
    const instrumentations = new Map([['HttpInstrumentation', undefined]]);
    assert.equal(coverageOf('axios', 'server', { ...none, instrumentations, setsUpItself: true }), 'active');
    assert.equal(coverageOf('fetch', 'server', { ...none, instrumentations, setsUpItself: true }), 'no');
    const automatic = new Map<Runtime, Coverage>([['python', 'listed']]);
    assert.equal(coverageOf('requests', 'server', { ...none, automatic, setsUpItself: true }), 'listed');
    const plainly = { ...none, automatic, setsUpItself: true, startsPlainly: true };
    assert.equal(coverageOf('requests', 'server', plainly), 'no');
    assert.equal(coverageOf('axios', 'browser', { ...none, instrumentations }), 'no');
    assert.equal(coverageOf('requests', 'server', { ...none, reliesOnVendor: true }), 'vendor');
  });

  it('may need what carries the context where the library looks for it', () => {
    const instrumentations = new Map([['otelaws.AppendMiddlewares', undefined]]);
    assert.equal(coverageOf('aws-sdk-sqs', 'server', { ...none, instrumentations }), 'no');
    const dependencies = new Map([['go.opentelemetry.io/contrib/propagators/aws', 'v1.38.0']]);
    assert.equal(coverageOf('aws-sdk-sqs', 'server', { ...none, instrumentations, dependencies }), 'active');
  });

  it('of what sends with another library is that library’s', () => {
    const instrumentations = new Map([['URLLib3Instrumentor', undefined]]);
    assert.equal(coverageOf('requests', 'server', { ...none, instrumentations }), 'active');
    assert.equal(coverageOf('httpx', 'server', { ...none, instrumentations }), 'no');
    const grpc = new Map([['GrpcInstrumentorServer', undefined]]);
    assert.equal(coverageOf('grpc', 'server', { ...none, instrumentations: grpc }), 'no');
    const client = new Map([['GrpcInstrumentorClient', undefined]]);
    assert.equal(coverageOf('grpc', 'server', { ...none, instrumentations: client }), 'active');
  });
});
