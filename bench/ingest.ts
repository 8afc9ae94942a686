// E1, E2: OTLP/HTTP against node:http with protobufjs that drops the spans; E3a, E3b: OTLP/gRPC against @grpc/grpc-js with
// the same decoder and store. Spans per second of the server's processor time; servers run in processes of their own.
import { fileURLToPath } from 'node:url';
import { report, reportMachine } from './harness.ts';
import {
  grpcLoad,
  httpLoad,
  type Load,
  measure,
  payloadsOf,
  Server,
  untilSteadyMs,
} from './support/ingestLoad.ts';
import { type ServerKind, serve } from './support/ingestServers.ts';

const rounds = 3;

async function compare(
  name: string,
  spansPerRequest: number,
  kinds: readonly [ServerKind, ServerKind],
  makeLoad: (port: number) => Load,
  note: string,
  warmupMs?: number,
): Promise<void> {
  const payloads = payloadsOf(spansPerRequest);
  const results: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const server = await Server.start(fileURLToPath(import.meta.url), kinds[which]);
      const load = makeLoad(server.port);
      results[which].push(await measure(server, load, payloads, warmupMs));
      await load.close();
      server.end();
    }
  }
  // What others do on the machine only makes a round slower: the best of each is what it takes.
  const [ours, theirs] = results.map(each => Math.max(...each));
  const ratios = results[0].map((value, round) => hundredths(value / results[1][round]));
  report({
    name,
    value: Math.round(ours),
    unit: 'spans/CPU-s',
    baseline: Math.round(theirs),
    ratio: hundredths(ours / theirs),
    note: `${note}, rounds ${ratios.join(' ')}`,
  });
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

const kind = process.argv[2] as ServerKind | undefined;
if (kind !== undefined) await serve(kind);
else {
  reportMachine();
  await compare('E1', 512, ['http', 'http-protobufjs'], httpLoad, 'OTLP/HTTP, 512 spans a request');
  await compare('E2', 32, ['http', 'http-protobufjs'], httpLoad, 'OTLP/HTTP, 32 spans a request');
  await compare(
    'E5',
    512,
    ['http-sustained', 'http-protobufjs'],
    httpLoad,
    'E1 at the budget, with sealing, eviction and journal',
    untilSteadyMs,
  );
  await compare(
    'E5-kept',
    512,
    ['http-kept', 'http-protobufjs'],
    httpLoad,
    'the same, with what an engine keeps longer by default',
    untilSteadyMs,
  );
  await compare('E3a', 512, ['grpc', 'grpc-js'], grpcLoad, 'OTLP/gRPC, 512 spans a request');
  await compare('E3b', 32, ['grpc', 'grpc-js'], grpcLoad, 'OTLP/gRPC, 32 spans a request');
}
