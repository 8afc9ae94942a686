import assert from 'node:assert/strict';
import { envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  endpointFor,
  launchEnvironment,
  readEnvFile,
} from '../../../src/workbench/launch/launchEnvironment.ts';

const endpoints = { otlpHttp: 'http://127.0.0.1:4319', otlpGrpc: '127.0.0.1:4320' };
const workspace = 'file:///home/me/caf%C3%A9%20a,b=c';

describe('the environment of a launched program', () => {
  it('names the endpoint, the protocol and the workspace', () => {
    assert.deepEqual(launchEnvironment(endpoints, 'file:///w'), {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4319',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_RESOURCE_ATTRIBUTES: 'spanline.workspace=file%3A%2F%2F%2Fw',
    });
  });

  it('is read by the SDK as the URI that was meant', () => {
    const added = launchEnvironment(endpoints, workspace, { OTEL_RESOURCE_ATTRIBUTES: 'team=a%2Cb' });
    const before = process.env['OTEL_RESOURCE_ATTRIBUTES'];
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = added['OTEL_RESOURCE_ATTRIBUTES'];
    try {
      const { attributes } = resourceFromAttributes(envDetector.detect().attributes ?? {});
      assert.deepEqual({ ...attributes }, { team: 'a,b', 'spanline.workspace': workspace });
    } finally {
      if (before === undefined) delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
      else process.env['OTEL_RESOURCE_ATTRIBUTES'] = before;
    }
  });

  it('leaves what is set', () => {
    const existing = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_RESOURCE_ATTRIBUTES: 'spanline.workspace=mine',
    };
    assert.deepEqual(launchEnvironment(endpoints, 'file:///w', existing), {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_BSP_SCHEDULE_DELAY: '200',
    });
  });

  it('gives the endpoint of the protocol that is set', () => {
    const added = launchEnvironment(endpoints, undefined, { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    assert.equal(added['OTEL_EXPORTER_OTLP_ENDPOINT'], 'http://127.0.0.1:4320');
    assert.equal('OTEL_EXPORTER_OTLP_PROTOCOL' in added, false);
    assert.equal(endpointFor('http/json', endpoints), endpoints.otlpHttp);
  });

  it('is empty while nothing is open', () => {
    assert.deepEqual(launchEnvironment({}, 'file:///w'), {});
    assert.deepEqual(
      launchEnvironment({ otlpHttp: endpoints.otlpHttp }, 'file:///w', {
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      }),
      {},
    );
  });
});

describe('an env file', () => {
  it('has names, quotes, export and comments', () => {
    const text = '# comment\nA=1\r\nexport B = "two words"\nC=\'x=y\'\n\nnot a line\nD=';
    assert.deepEqual(readEnvFile(text), { A: '1', B: 'two words', C: 'x=y', D: '' });
  });
});
