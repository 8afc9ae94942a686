// E1, E2: OTLP/HTTP against node:http with protobufjs that drops the spans; E3a, E3b: OTLP/gRPC against @grpc/grpc-js with
// the same decoder and store; E5: at the budget. Spans per second of the server's processor time; servers run in processes of
// their own.
import { fileURLToPath } from 'node:url';
import { reportMachine } from './harness.ts';
import { grpcLoad, httpLoad } from './support/ingestLoad.ts';
import { type ServerKind, serve } from './support/ingestServers.ts';
import { race, untilSteadyMs, warmupMs } from './support/serverRace.ts';

const http = ['http', 'http-protobufjs'] as const;
const grpc = ['grpc', 'grpc-js'] as const;

const kind = process.argv[2] as ServerKind | undefined;
if (kind !== undefined) await serve(kind);
else {
  const file = fileURLToPath(import.meta.url);
  const overHttp = { file, load: httpLoad, kinds: http, spansPerRequest: 512, warmupMs };
  const overGrpc = { file, load: grpcLoad, kinds: grpc, spansPerRequest: 512, warmupMs };
  const atBudget = { ...overHttp, warmupMs: untilSteadyMs };
  reportMachine();
  await race({ ...overHttp, name: 'E1', note: 'OTLP/HTTP, 512 spans a request' });
  await race({ ...overHttp, name: 'E2', note: 'OTLP/HTTP, 32 spans a request', spansPerRequest: 32 });
  await race({
    ...atBudget,
    name: 'E5',
    note: 'E1 at the budget, with sealing, eviction and journal',
    kinds: ['http-sustained', 'http-protobufjs'],
  });
  await race({
    ...atBudget,
    name: 'E5-kept',
    note: 'the same, with what an engine keeps longer by default',
    kinds: ['http-kept', 'http-protobufjs'],
  });
  await race({ ...overGrpc, name: 'E3a', note: 'OTLP/gRPC, 512 spans a request' });
  await race({ ...overGrpc, name: 'E3b', note: 'OTLP/gRPC, 32 spans a request', spansPerRequest: 32 });
}
