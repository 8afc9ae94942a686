import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A receiver of traces in a process of its own, taking OTLP/HTTP on loopback. */
export interface Peer {
  readonly name: string;
  /** `http://127.0.0.1:…`, without path. */
  readonly otlpHttp: string;
  readonly process: ChildProcess;
  /** Asks for twenty traces of a service, and says whether there are any; absent: it has no search. */
  search?(service: string): Promise<boolean>;
}

/** How a program is started, by what its file is called. */
interface Recipe {
  readonly names: RegExp;
  /** Files to write into its folder, the arguments, and where it can be searched. */
  prepare(ports: Ports): {
    readonly files: { readonly [name: string]: string };
    readonly args: readonly string[];
  };
  search?(ports: Ports, service: string): string;
}

interface Ports {
  readonly folder: string;
  readonly otlpHttp: number;
  /** Of its queries or page. */
  readonly http: number;
  readonly [other: `other${number}`]: number;
}

const recipes: readonly Recipe[] = [
  {
    names: /^jaeger/,
    // As its own all-in-one configuration, on ports of our choice.
    prepare: ({ folder, otlpHttp, http, other1, other2 }) => ({
      files: {
        'config.yaml': `service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [jaeger_storage_exporter] }
  telemetry: { metrics: { level: none }, logs: { level: error } }
extensions:
  jaeger_query:
    storage: { traces: some_storage }
    http: { endpoint: '127.0.0.1:${http}' }
    grpc: { endpoint: '127.0.0.1:${other1}' }
  jaeger_storage: { backends: { some_storage: { memory: { max_traces: 10000000 } } } }
receivers:
  otlp: { protocols: { http: { endpoint: '127.0.0.1:${otlpHttp}' }, grpc: { endpoint: '127.0.0.1:${other2}' } } }
processors: { batch: }
exporters: { jaeger_storage_exporter: { trace_storage: some_storage } }
`,
      },
      args: ['--config', join(folder, 'config.yaml')],
    }),
    search: ({ http }, service) => {
      const query = new URLSearchParams({
        'query.service_name': service,
        'query.search_depth': '20',
        'query.start_time_min': '1970-01-02T00:00:00Z',
        'query.start_time_max': '2200-01-01T00:00:00Z',
      });
      return `http://127.0.0.1:${http}/api/v3/traces?${query}`;
    },
  },
  {
    names: /^otelcol|^otelcorecol|^collector/,
    prepare: ({ folder, otlpHttp }) => ({
      files: {
        'config.yaml': `receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${otlpHttp}' } } } }
processors: { batch: }
exporters: { nop: }
service:
  pipelines: { traces: { receivers: [otlp], processors: [batch], exporters: [nop] } }
  telemetry: { metrics: { level: none }, logs: { level: error } }
`,
      },
      args: ['--config', join(folder, 'config.yaml')],
    }),
  },
  {
    names: /^tempo/,
    prepare: ({ folder, otlpHttp, http, other1, other2 }) => ({
      files: {
        'config.yaml': `server: { http_listen_address: 127.0.0.1, http_listen_port: ${http}, grpc_listen_address: 127.0.0.1, grpc_listen_port: ${other1}, log_level: error }
memberlist: { bind_addr: [127.0.0.1], bind_port: ${other2} }
distributor: { receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${otlpHttp}' } } } } }
storage: { trace: { backend: local, local: { path: ${folder}/blocks }, wal: { path: ${folder}/wal } } }
overrides: { defaults: { ingestion: { rate_limit_bytes: 10000000000, burst_size_bytes: 10000000000, max_traces_per_user: 0 } } }
usage_report: { reporting_enabled: false }
`,
      },
      args: [`-config.file=${join(folder, 'config.yaml')}`],
    }),
    search: ({ http }, service) =>
      `http://127.0.0.1:${http}/api/search?limit=20&q=${encodeURIComponent(`{ resource.service.name = "${service}" }`)}`,
  },
  {
    names: /^otel-desktop-viewer/,
    prepare: ({ otlpHttp, http, other1 }) => ({
      files: {},
      args: [
        '--host',
        '127.0.0.1',
        '--http',
        `${otlpHttp}`,
        '--grpc',
        `${other1}`,
        '--browser',
        `${http}`,
        '--open-browser=false',
      ],
    }),
  },
];

/** Starts a program that somebody else made. Throws for a file whose name is not known, and for one that does not open its port. */
export async function startPeer(path: string, folder: string): Promise<Peer> {
  const file = basename(path);
  const recipe = recipes.find(({ names }) => names.test(file));
  if (recipe === undefined) throw new Error(`${file} is none of jaeger, otelcol, tempo, otel-desktop-viewer`);
  const [otlpHttp, http, other1, other2] = await freePorts(4);
  const ports = { folder, otlpHttp, http, other1, other2 };
  const { files, args } = recipe.prepare(ports);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const child = spawn(path, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const address = `http://127.0.0.1:${otlpHttp}`;
  await untilAnswering(`${address}/v1/traces`, child, file);
  const { search } = recipe;
  return {
    name: file,
    otlpHttp: address,
    process: child,
    ...(search !== undefined && {
      search: async service => {
        const answer = await fetch(search(ports, service));
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${file} answers ${answer.status} to a search`);
        return /"traceI[dD]":/.test(text);
      },
    }),
  };
}

export async function stopPeer({ process: child }: Peer): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killed = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(killed);
}

/** Processor time of a process, with all its threads, in seconds. Linux only. */
export function cpuSecondsOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  // utime and stime, in clock ticks of 10 ms (proc(5)).
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident bytes of a process. Linux only. */
export function residentBytesOf({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

export function isMeasurable(): boolean {
  return readdirSync('/').includes('proc');
}

async function untilAnswering(url: string, child: ChildProcess, file: string): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (child.exitCode !== null) throw new Error(`${file} ended with exit code ${child.exitCode}`);
    try {
      // An empty request is a valid one.
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(0),
      });
      await answer.arrayBuffer();
      if (answer.ok) return;
    } catch {
      // It is not listening yet.
    }
    await sleep(200);
  }
  child.kill('SIGKILL');
  throw new Error(`${file} does not take traces at ${url}`);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}
