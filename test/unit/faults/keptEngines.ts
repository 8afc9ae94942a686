import assert from 'node:assert/strict';
import { join } from 'node:path';
import { connectToEngine } from '../../../src/engine/client.ts';
import { engineEnvironment } from '../../../src/engine/startEngine.ts';
import { ownProcesses } from '../engine/ownProcesses.ts';
import type { Processes, Served } from '../engine/processes.ts';

/** Engines that take over what the one before kept, in the environment of one that an editor starts: a test has one directory for all. */
export interface KeptEngines {
  /** @param otlpGrpc the port of OTLP/gRPC, or `off` */
  serve(otlpGrpc?: string): Promise<Served>;
}

/** To be called where hooks are registered: all ends with the test. */
export function keptEngines(budgetBytes: number): KeptEngines {
  let directory: string;
  let processes: Processes;
  ownProcesses((ownDirectory, own) => {
    directory = ownDirectory;
    processes = own;
  });
  return {
    serve: (otlpGrpc = 'off') =>
      processes.serve(
        [
          ...['--control', join(directory, 'control'), '--data-dir', join(directory, 'state')],
          ...['--otlp-http', '0', '--otlp-grpc', otlpGrpc, '--budget', String(budgetBytes)],
        ],
        { env: engineEnvironment({}) },
      ),
  };
}

/** Trace id → number of spans, of all that an engine holds; no trace is there twice. */
export async function storedTraces({ control }: Served): Promise<Map<string, number>> {
  const client = await connectToEngine({ control });
  try {
    const params = { query: '{}', limit: 1e9, spansPerTrace: 0 };
    const { traces } = await client.request('traces/query', params);
    const stored = new Map(traces.map(trace => [trace.traceId, trace.spanCount]));
    assert.equal(stored.size, traces.length, 'no trace twice');
    return stored;
  } finally {
    client.dispose();
  }
}
