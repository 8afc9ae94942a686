/** Real servers of Zipkin, Jaeger and Tempo, given by the paths of their files, on free ports. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendKind } from '../../src/model/backend.ts';

export interface BackendServer {
  readonly kind: BackendKind;
  /** Of its API. */
  readonly url: string;
  /** Where it takes spans: Zipkin's own, or OTLP. */
  readonly intake: string;
  stop(): Promise<void>;
}

/** The variables that give the files of the servers. */
export const serverFiles = {
  zipkin: process.env['ZIPKIN_JAR'],
  jaeger: process.env['JAEGER_BIN'],
  tempo: process.env['TEMPO_BIN'],
} as const satisfies { [kind in BackendKind]: string | undefined };

/** What is missing for a server; `undefined`: nothing. */
export function missingFor(kind: BackendKind): string | undefined {
  if (serverFiles[kind] === undefined)
    return `set ${{ zipkin: 'ZIPKIN_JAR', jaeger: 'JAEGER_BIN', tempo: 'TEMPO_BIN' }[kind]}`;
  if (kind === 'zipkin' && spawnSync('java', ['-version']).status !== 0) return 'install Java';
  return undefined;
}

/** Starts a server whose file is given, and waits until it answers. */
export async function startServer(kind: BackendKind): Promise<BackendServer> {
  const file = serverFiles[kind];
  if (file === undefined) throw new Error(`${kind} is not here`);
  const directory = mkdtempSync(join(tmpdir(), `spanline-${kind}-`));
  const ports = await freePorts(5);
  const { command, env, url, intake, ready } = plans[kind](file, directory, ports);
  const child = spawn(command[0], command.slice(1), { env: { ...process.env, ...env }, stdio: 'ignore' });
  const stop = () => end(child, directory);
  try {
    await answering(ready, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { kind, url, intake, stop };
}

interface ServerPlan {
  readonly command: readonly [string, ...string[]];
  readonly env?: { readonly [name: string]: string };
  readonly url: string;
  readonly intake: string;
  readonly ready: string;
}

const plans: {
  readonly [kind in BackendKind]: (file: string, directory: string, ports: number[]) => ServerPlan;
} = {
  zipkin: (file, _, [port]) => ({
    command: ['java', '-Xmx256m', '-jar', file],
    env: { QUERY_PORT: `${port}` },
    url: local(port),
    intake: `${local(port)}/api/v2/spans`,
    ready: `${local(port)}/health`,
  }),
  jaeger: (file, directory, [query, queryGrpc, otlp]) => ({
    command: [file, '--config', written(directory, jaegerConfiguration(query, queryGrpc, otlp))],
    url: local(query),
    intake: `${local(otlp)}/v1/traces`,
    ready: `${local(query)}/api/v3/services`,
  }),
  tempo: (file, directory, [http, grpc, members, otlp]) => ({
    command: [
      file,
      `-config.file=${written(directory, tempoConfiguration(directory, http, grpc, members, otlp))}`,
    ],
    url: local(http),
    intake: `${local(otlp)}/v1/traces`,
    ready: `${local(http)}/ready`,
  }),
};

function jaegerConfiguration(query: number, queryGrpc: number, otlp: number): object {
  return {
    service: {
      extensions: ['jaeger_storage', 'jaeger_query'],
      pipelines: { traces: { receivers: ['otlp'], exporters: ['jaeger_storage_exporter'] } },
      telemetry: { metrics: { level: 'none' } },
    },
    extensions: {
      jaeger_query: {
        storage: { traces: 'memory' },
        http: { endpoint: `127.0.0.1:${query}` },
        grpc: { endpoint: `127.0.0.1:${queryGrpc}` },
      },
      jaeger_storage: { backends: { memory: { memory: { max_traces: 1000 } } } },
    },
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${otlp}` } } } },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
  };
}

function tempoConfiguration(
  directory: string,
  http: number,
  grpc: number,
  members: number,
  otlp: number,
): object {
  return {
    server: {
      ...{ http_listen_address: '127.0.0.1', http_listen_port: http },
      ...{ grpc_listen_address: '127.0.0.1', grpc_listen_port: grpc },
    },
    memberlist: { bind_addr: ['127.0.0.1'], bind_port: members },
    distributor: { receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${otlp}` } } } } },
    storage: {
      trace: {
        backend: 'local',
        local: { path: join(directory, 'blocks') },
        wal: { path: join(directory, 'wal') },
      },
    },
    live_store: {
      wal: { path: join(directory, 'live') },
      shutdown_marker_dir: join(directory, 'shutdown'),
    },
    backend_scheduler: { local_work_path: directory },
    usage_report: { reporting_enabled: false },
  };
}

/** JSON is YAML. */
function written(directory: string, configuration: object): string {
  const file = join(directory, 'configuration.yaml');
  writeFileSync(file, JSON.stringify(configuration));
  return file;
}

function local(port: number): string {
  return `http://127.0.0.1:${port}`;
}

async function end(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  rmSync(directory, { recursive: true, force: true });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return Promise.all(
    servers.map(async server => {
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      return port;
    }),
  );
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300 && child.exitCode === null; attempt++) {
    const isUp = await fetch(url).then(
      response => response.ok,
      () => false,
    );
    if (isUp) return;
    await sleep(200);
  }
  throw new Error(
    `${url} does not answer${child.exitCode === null ? '' : `: it ended with ${child.exitCode}`}`,
  );
}
