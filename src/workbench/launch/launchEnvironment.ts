import type { Endpoints } from '../../protocol/control.ts';
import { workspaceAttribute } from '../../semconv/resource.ts';

/** Environment variables; `null` (as in a debug configuration) unsets one. */
export type Environment = { readonly [name: string]: string | null | undefined };

/** Milliseconds between two batches of a program's spans; the SDKs' default of 5 s is long when one waits for them. */
const batchDelay = '200';

const endpointVariable = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const protocolVariable = 'OTEL_EXPORTER_OTLP_PROTOCOL';
const resourceVariable = 'OTEL_RESOURCE_ATTRIBUTES';
const delayVariable = 'OTEL_BSP_SCHEDULE_DELAY';

/**
 * What to add to the environment of a program so that its traces arrive here and say which workspace they belong to.
 * What `existing` sets stays as it is; resource attributes are added to those that are there. Empty while no OTLP
 * receiver is open. Names and forms: OpenTelemetry, "Environment Variable Specification" and "OTLP Exporter".
 */
export function launchEnvironment(
  endpoints: Endpoints,
  workspaceUri: string | undefined,
  existing: Environment = {},
): { [name: string]: string } {
  const protocol = existing[protocolVariable] || 'http/protobuf';
  const endpoint = endpointFor(protocol, endpoints);
  if (endpoint === undefined) return {};
  const added = {
    [endpointVariable]: endpoint,
    [protocolVariable]: protocol,
    [delayVariable]: batchDelay,
  };
  const missing = Object.entries(added).filter(([name]) => existing[name] === undefined);
  const attributes = withWorkspace(existing[resourceVariable] ?? '', workspaceUri);
  return {
    ...Object.fromEntries(missing),
    ...(attributes === undefined ? {} : { [resourceVariable]: attributes }),
  };
}

/** The endpoint in the form that the exporters of a protocol take: with a scheme, also for gRPC. */
export function endpointFor(protocol: string, { otlpHttp, otlpGrpc }: Endpoints): string | undefined {
  if (protocol !== 'grpc') return otlpHttp;
  return otlpGrpc === undefined ? undefined : `http://${otlpGrpc}`;
}

/** The resource attributes with ours; `undefined` if there is nothing to add. */
function withWorkspace(attributes: string, workspaceUri: string | undefined): string | undefined {
  if (workspaceUri === undefined || attributes.includes(`${workspaceAttribute}=`)) return undefined;
  const own = `${workspaceAttribute}=${encodeURIComponent(workspaceUri)}`;
  return attributes === '' ? own : `${attributes},${own}`;
}

/** The variables of an `.env` file: `NAME=value` lines, `export` and quotes allowed, `#` comments. */
export function readEnvFile(text: string): { [name: string]: string } {
  const variables: { [name: string]: string } = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match !== null) variables[match[1]] = match[2].replace(/^(["'])(.*)\1$/, '$2');
  }
  return variables;
}
