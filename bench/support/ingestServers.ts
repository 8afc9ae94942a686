import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { Ingest } from '../../src/engine/ingest.ts';
import { setEngineFlags } from '../../src/engine/v8Flags.ts';
import { defaultKeepLonger, keepLonger } from '../../src/query/sampling/keepLonger.ts';
import { BodyMemory } from '../../src/receive/bodyMemory.ts';
import { startOtlpGrpc, startOtlpHttp } from '../../src/receive/otlp.ts';
import { Journal } from '../../src/store/journal/journal.ts';
import { TraceStore } from '../../src/store/traceStore.ts';
import { oracle } from '../../test/fixtures/otlpOracle.ts';

/** Ours, and what each is measured against. */
export type ServerKind =
  | 'http'
  | 'http-sealing'
  | 'http-sustained'
  | 'http-kept'
  | 'http-protobufjs'
  | 'grpc'
  | 'grpc-js';

export const exportPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** Answers a request of the generator for the processor time used so far. */
export interface Usage {
  microseconds: number;
}

/** Runs one server in this process until the parent goes away; tells its port, then its usage whenever it is asked. */
export async function serve(kind: ServerKind): Promise<void> {
  const port = await servers[kind]();
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ microseconds: user + system } satisfies Usage);
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ port });
}

const servers: { readonly [kind in ServerKind]: () => Promise<number> } = {
  http: async () => (await startOtlpHttp(receiverOptions(ingest()))).port,
  'http-sealing': async () => (await startOtlpHttp(receiverOptions(ingest(true)))).port,
  'http-sustained': async () => (await startOtlpHttp(receiverOptions(await journaled()))).port,
  'http-kept': async () => (await startOtlpHttp(receiverOptions(await journaled(defaultKeepLonger)))).port,
  grpc: async () => (await startOtlpGrpc(receiverOptions(ingest()))).port,
  'http-protobufjs': startProtobufjs,
  'grpc-js': startGrpcJs,
};

const log = { write: (line: string) => console.error(line) };
/** As in a running engine at its budget: the oldest spans go. */
const budgetBytes = 64 << 20;

/** In a burst, nothing is sealed. */
function ingest(sealing = false): Ingest {
  return new Ingest(new TraceStore({ budgetBytes, sealing }), log);
}

/** The journal lies where temporary files do, and goes with the process. */
async function journaled(policies: readonly unknown[] = []): Promise<Ingest> {
  const directory = await mkdtemp(join(tmpdir(), 'spanline-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const store = new TraceStore({ budgetBytes });
  store.keepLonger = keepLonger(store, policies);
  const claim = async () => async () => {};
  const report = (event: string) => console.error(event);
  return new Ingest(store, log, await Journal.open({ directory, store, budgetBytes, claim, report }));
}

function receiverOptions(sink: Ingest) {
  setEngineFlags();
  return {
    port: 0,
    hosts: ['127.0.0.1'],
    policy: {},
    sink,
    memory: new BodyMemory(),
    onRefused: (refusal: unknown) => console.error(refusal),
  };
}

/** The straightforward receiver: node:http, protobufjs, and the spans dropped. */
function startProtobufjs(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      oracle.traces.decode(Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 0 });
      response.end();
    });
  });
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

/** The usual gRPC library in front of our decoder and store. */
function startGrpcJs(): Promise<number> {
  const sink = ingest();
  const server = new grpc.Server({ 'grpc.max_receive_message_length': 64 << 20 });
  const same = (bytes: Buffer) => bytes;
  const nothing = Buffer.alloc(0);
  server.addService(
    {
      Export: {
        path: exportPath,
        requestStream: false,
        responseStream: false,
        requestDeserialize: same,
        requestSerialize: same,
        responseDeserialize: same,
        responseSerialize: same,
      },
    },
    {
      Export: (call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) => {
        sink.receive('traces', 'protobuf', call.request);
        answer(null, nothing);
      },
    },
  );
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}
