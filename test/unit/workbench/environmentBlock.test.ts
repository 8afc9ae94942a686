import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { environmentBlocks } from '../../../src/workbench/launch/environmentBlock.ts';

const variables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  OTEL_RESOURCE_ATTRIBUTES: 'spanline.workspace=file%3A%2F%2F%2Fw',
  ODD: `it's "$HOME" \\ #1`,
};

describe('blocks of environment variables', () => {
  it('are taken by a shell as they were meant', () => {
    const script = `${environmentBlocks.posix(variables)}node -p 'JSON.stringify(process.env)'`;
    const seen = JSON.parse(execFileSync('sh', ['-c', script], { encoding: 'utf8' }));
    for (const [name, value] of Object.entries(variables)) assert.equal(seen[name], value);
  });

  it('are taken by an .env reader as they were meant', () => {
    const { ODD: _, ...plain } = variables;
    assert.deepEqual({ ...parseEnv(environmentBlocks.dotenv(plain)) }, plain);
  });

  it('name the machine as a container sees it', () => {
    const { environment } = parse(environmentBlocks.compose(variables));
    assert.equal(environment.OTEL_EXPORTER_OTLP_ENDPOINT, 'http://host.docker.internal:4318');
    assert.equal(environment.ODD, variables.ODD);
    const [, value] = /-e OTEL_EXPORTER_OTLP_ENDPOINT=(\S+)/.exec(environmentBlocks.docker(variables)) ?? [];
    assert.equal(value, 'http://host.docker.internal:4318');
  });

  it('fit into launch.json', () => {
    assert.deepEqual(JSON.parse(`{${environmentBlocks.launchJson(variables)}}`).env, variables);
  });

  it('quote for PowerShell', () => {
    assert.equal(environmentBlocks.powershell({ A: "it's" }), "$env:A = 'it''s'\n");
  });
});
