import assert from 'node:assert/strict';
import { LintConfiguration } from '../../../src/lint/configuration/configuration.ts';
import { lintFiles } from './workspace.ts';

/** What is said of a function that takes the trace id out of the header. */
async function saidOf(traceId: string): Promise<readonly string[]> {
  const source = `import { trace } from '@opentelemetry/api';
export const tracer = trace.getTracer('shop');
export function handle(req, send) {
  const parts = req.headers.traceparent.split('-');
  const traceId = ${traceId};
  return send({ traceId, parentSpanId: parts[2] });
}
`;
  const manifest = '{ "dependencies": { "@opentelemetry/api": "1.9.0" } }';
  const files = new Map([
    ['package.json', manifest],
    ['handle.ts', source],
  ]);
  const found = await lintFiles(files, new LintConfiguration([]));
  return found.filter(({ rule }) => rule.id === 'SPL105').map(({ message }) => message);
}

const propagator = 'Use the propagator: `extract` gives a context.';

describe('traceparents that are taken apart', () => {
  it('are said to be unchecked where nothing looks at their parts', async () => {
    assert.deepEqual(await saidOf('parts[1]'), [
      `A traceparent is taken apart by hand: nothing checks it, and flags and tracestate are lost. ${propagator}`,
    ]);
  });

  it('are said to lose what is not read where something does', async () => {
    assert.deepEqual(await saidOf("parts[1].length === 32 ? parts[1] : ''"), [
      `A traceparent is taken apart by hand: flags and tracestate are lost. ${propagator}`,
    ]);
  });
});
