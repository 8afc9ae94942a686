import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scope, Span, TracesData } from '../../../src/model/span.ts';
import { ownProcesses } from '../engine/ownProcesses.ts';
import type { Processes } from '../engine/processes.ts';
import {
  completed,
  expectedResource,
  expectedScope,
  expectedSpan,
  plannedSpan,
  resourceSchemaUrl,
} from './spans.ts';

const sender = fileURLToPath(new URL('./sender.js', import.meta.url));
const spanCount = 10_000;

describe('the OpenTelemetry SDK for JavaScript', function () {
  this.timeout(90_000);
  let directory: string;
  let processes: Processes;

  ownProcesses((ownDirectory, own) => {
    directory = ownDirectory;
    processes = own;
  });

  for (const protocol of ['protobuf', 'json', 'grpc'] as const) {
    for (const compression of ['none', 'gzip'] as const) {
      it(`delivers every field of ${spanCount} spans by ${protocol}, compression ${compression}`, async () => {
        const { endpoints } = await processes.serve(['--otlp-http', '0', '--otlp-grpc', '0']);
        await send(
          protocol,
          compression,
          protocol === 'grpc' ? `http://${endpoints.otlpGrpc}` : endpoints.otlpHttp!,
        );

        const status = JSON.parse((await processes.spanline(['status', '--json'])).stdout);
        assert.equal(status.spansReceived, spanCount, 'none is missing, none came twice');
        assert.equal(status.spansStored, spanCount);
        assert.equal(status.tracesStored, spanCount / 10);
        assert.deepEqual(status.rejections, []);
        await compare(protocol !== 'json');
      });
    }
  }

  async function send(protocol: string, compression: string, endpoint: string): Promise<void> {
    Object.assign(processes.environment, {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_COMPRESSION: compression,
    });
    const child = processes.start(process.execPath, [sender, protocol, String(spanCount)]);
    let errors = '';
    child.stderr!.on('data', text => {
      errors += text;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 0, errors);
    assert.equal(errors, '');
  }

  /** Looks at every span that the engine has; each planned one must be there once, and no other. */
  async function compare(binary: boolean): Promise<void> {
    const file = join(directory, 'exported.json');
    const exported = await processes.spanline(['export', '--output', file]);
    assert.equal(exported.code, 0, exported.stderr);
    const { resourceSpans }: TracesData = JSON.parse(await readFile(file, 'utf8'));
    const received = new Map<string, { span: Span; scope?: Scope; schemaUrl?: string }>();
    for (const { resource, schemaUrl, scopeSpans } of resourceSpans) {
      assert.deepEqual(resource, expectedResource);
      assert.equal(schemaUrl, resourceSchemaUrl);
      for (const { scope, spans, ...rest } of scopeSpans) {
        for (const span of spans) {
          assert.ok(!received.has(span.spanId), `${span.spanId} is there once`);
          received.set(span.spanId, { span, scope, schemaUrl: rest.schemaUrl });
        }
      }
    }
    assert.equal(received.size, spanCount);
    for (let index = 0; index < spanCount; index++) {
      const planned = plannedSpan(index, binary);
      const found = received.get(planned.spanId);
      assert.ok(found, `span ${index} is there`);
      assert.deepEqual(completed(found.span), expectedSpan(planned));
      const { schemaUrl, scope } = expectedScope(planned);
      assert.deepEqual({ scope: found.scope, schemaUrl: found.schemaUrl }, { scope, schemaUrl });
    }
  }
});
