/** How an engine is to run; a starter hands it over as JSON in the first argument of `engine.ts`. */
export interface EngineOptions {
  /** Discovery file, log and journal; default: the user's. */
  readonly stateDirectory?: string;
  /** Ports to try first; the next free one is taken if they are not free. 0: any. Default 4318 and 4317. */
  readonly otlpHttpPort?: number;
  readonly otlpGrpcPort?: number;
  /** Further receivers to open, by name (`zipkin`, `jaegerHttp`, `datadog`…); their ports are tried like those of OTLP. */
  readonly ports?: { readonly [receiver: string]: number };
  /** Addresses to listen on; default: loopback of both families. */
  readonly hosts?: readonly string[];
  /** Names that senders may use for this machine beyond loopback's (`Host` header). */
  readonly allowedHosts?: readonly string[];
  /** Bytes the store may hold; default 512 MB. */
  readonly budgetBytes?: number;
  /** Whether what is stored is kept on the disk too, for the next engine; default true. */
  readonly journal?: boolean;
  /** What is evicted later than the rest: policies as in the collector's processor `tail_sampling`. */
  readonly keepLonger?: readonly unknown[];
  /** Stops this long after the last client left; default 30. */
  readonly idleSeconds?: number;
}

export const defaultBudgetBytes = 512_000_000;
export const defaultIdleSeconds = 30;

/** Reads what a starter handed over. Throws an error that names the field that is wrong. */
export function readEngineOptions(json: string): EngineOptions {
  const options: unknown = JSON.parse(json);
  if (typeof options !== 'object' || options === null) throw new Error('engine options must be an object');
  for (const [field, value] of Object.entries(options)) {
    const check = checks[field as keyof EngineOptions];
    if (check === undefined) throw new Error(`unknown engine option ${field}`);
    if (!check(value)) throw new Error(`engine option ${field} cannot be ${JSON.stringify(value)}`);
  }
  return options as EngineOptions;
}

const isPort = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 65536;
const isPositive = (value: unknown) => typeof value === 'number' && value > 0 && Number.isFinite(value);
const isText = (value: unknown) => typeof value === 'string';
const isSwitch = (value: unknown) => typeof value === 'boolean';
const arePorts = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.values(value).every(isPort);
const areTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

const checks: { readonly [field in keyof EngineOptions]-?: (value: unknown) => boolean } = {
  stateDirectory: isText,
  otlpHttpPort: isPort,
  otlpGrpcPort: isPort,
  ports: arePorts,
  hosts: areTexts,
  allowedHosts: areTexts,
  budgetBytes: isPositive,
  journal: isSwitch,
  keepLonger: Array.isArray,
  idleSeconds: isPositive,
};
