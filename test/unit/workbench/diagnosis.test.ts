import assert from 'node:assert/strict';
import type { EngineStatus } from '../../../src/protocol/control.ts';
import { diagnose, diagnosisText, type Observations } from '../../../src/workbench/diagnosis/diagnosis.ts';
import { allCommands } from '../../../src/workbench/names.ts';

const status: EngineStatus = {
  version: '0.0.0',
  pid: 1,
  spansReceived: 0,
  spansStored: 0,
  spansRejected: 0,
  spansEvicted: 0,
  evictions: [],
  logsStored: 0,
  metricPointsReceived: 0,
  tracesStored: 0,
  bytesStored: 0,
  budgetBytes: 512_000_000,
  journal: { state: 'on', bytes: 0 },
  forward: { state: 'off' },
  rssBytes: 0,
  uptimeSeconds: 0,
  endpoints: { otlpHttp: 'http://127.0.0.1:4318', otlpGrpc: '127.0.0.1:4317' },
  backends: [],
  portConflicts: [],
  requests: {},
  rejections: [],
};
const healthy: Observations = {
  receiver: 'listening',
  failure: '',
  status: { ...status, spansReceived: 5, requests: { otlpHttp: 1 } },
  variables: [],
  sdks: ['package.json'],
  hasFolder: true,
  isTrusted: true,
  injectsEnvironment: true,
  hiddenTraces: 0,
  isPaused: false,
};

const english = (text: string, ...values: (string | number)[]) =>
  text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)]));
const checks = (seen: Partial<Observations>) => diagnose({ ...healthy, ...seen }, english);
const withVariable = (name: string, value: string) =>
  checks({ variables: [{ name, value, place: 'here' }] }).find(({ title }) => title.startsWith(name));

describe('diagnosis', () => {
  it('finds nothing wrong where nothing is', () => {
    assert.deepEqual([...new Set(checks({}).map(({ verdict }) => verdict))], ['ok']);
  });

  it('tells a receiver that does not run, and how to start it', () => {
    const [first] = checks({ receiver: 'stopped', status: undefined });
    assert.equal(first.verdict, 'problem');
    assert.equal(first.fix?.command, 'spanline.receiver.start');
    const [failed] = checks({ receiver: 'failed', failure: 'EACCES', status: undefined });
    assert.equal(failed.detail, 'EACCES');
  });

  it('tells who holds a port and where Spanline listens instead', () => {
    const conflict = { receiver: 'otlpHttp', port: 4318, holder: 'otelcol (7)' } as const;
    const found = checks({
      status: { ...status, portConflicts: [conflict], endpoints: { otlpHttp: 'http://127.0.0.1:4319' } },
    }).find(({ title }) => title.includes('4318'));
    assert.match(found?.title ?? '', /otelcol \(7\)/);
    assert.match(found?.detail ?? '', /http:\/\/127\.0\.0\.1:4319/);
  });

  it('tells that spans end with the receiver, and why', () => {
    const journal = {
      state: 'degraded',
      bytes: 0,
      reason: 'ENOSPC: no space left on device, write',
    } as const;
    const found = checks({ status: { ...status, journal } }).find(({ title }) => title.includes('journal'));
    assert.equal(found?.verdict, 'hint');
    assert.match(found?.detail ?? '', /ENOSPC/);
  });

  it('keeps apart nothing arriving and nothing being taken', () => {
    assert.ok(checks({ status }).some(({ title }) => title === 'Nothing has arrived'));
    const rejection = {
      timeUnixNano: '1',
      receiver: 'otlpHttp',
      answer: 'HTTP 415',
      reason: 'text/plain is not OTLP',
      count: 3,
    } as const;
    const refused = checks({ status: { ...status, requests: { otlpHttp: 3 }, rejections: [rejection] } });
    assert.ok(refused.some(({ title }) => title === 'Requests have arrived (3), and no span'));
    assert.ok(refused.some(({ title }) => title === 'OTLP/HTTP refused: HTTP 415 (3×)'));
    assert.ok(refused.some(({ detail }) => detail === 'text/plain is not OTLP'));
  });

  for (const [name, value, expected] of [
    ['OTEL_SDK_DISABLED', 'true', 'problem'],
    ['OTEL_SDK_DISABLED', 'false', undefined],
    ['OTEL_TRACES_EXPORTER', 'console', 'problem'],
    ['OTEL_TRACES_EXPORTER', 'otlp,console', undefined],
    ['OTEL_TRACES_SAMPLER', 'always_off', 'problem'],
    ['OTEL_TRACES_SAMPLER', 'parentbased_traceidratio', 'hint'],
    ['OTEL_TRACES_SAMPLER', 'always_on', undefined],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'protobuf', 'problem'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', undefined],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', 'problem'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://localhost:4318', 'problem'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://localhost:4318', undefined],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://localhost:4317', undefined],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://localhost:4318/v1/traces', 'problem'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318', 'hint'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://localhost:4318', 'problem'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://localhost:4318/v1/traces', undefined],
    ['OTEL_SERVICE_NAME', 'anything', undefined],
  ] as const)
    it(`judges ${name}=${value}: ${expected ?? 'fine'}`, () => {
      assert.equal(withVariable(name, value)?.verdict, expected);
    });

  it('tells what the tree leaves out', () => {
    assert.ok(checks({ hiddenTraces: 3 }).some(({ title }) => title === '3 traces are hidden'));
    assert.ok(checks({ isPaused: true }).some(({ title }) => title === 'The tree is paused'));
  });

  it('offers only commands that there are', () => {
    const all = [
      ...checks({ receiver: 'stopped', status: undefined, sdks: [], injectsEnvironment: false }),
      ...checks({ status: { ...status, spansEvicted: 1 }, hiddenTraces: 1, isPaused: true }),
    ];
    const offered = all.flatMap(({ fix }) => fix?.command ?? []);
    assert.ok(offered.length >= 6);
    for (const command of offered) assert.ok(allCommands.includes(command), command);
  });

  it('reads well as a document', () => {
    const text = diagnosisText(checks({ isTrusted: false }), english);
    assert.match(text, /^# Why are there no traces\?\n\n## ✓ The receiver is listening\n/);
    assert.match(text, /## \? The workspace is not trusted/);
  });
});
