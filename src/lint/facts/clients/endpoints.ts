import type { Owner } from '../../project/types.ts';
import type { CallExpression } from '../syntax.ts';

/**
 * Whether a request to that address is of no matter for traces: exporters' own traffic, cloud metadata, probes, static
 * files, and hosts of others.
 * @param url as far as it is static, `null` for what varies
 * @param fromPage the page that sends it is traced: what it asks of its own origin is a part of the trace
 */
export function isForeignEndpoint(url: readonly (string | null)[] | undefined, fromPage = false): boolean {
  if (url === undefined) return false;
  const written = url.map(part => part ?? '\u0000').join('');
  // Of collectors, Zipkin and Jaeger.
  if (/:(?:4317|4318|9411|16686|14268)\b|\/v1\/(?:traces|metrics|logs)\b/.test(written)) return true;
  if (/169\.254\.169\.254|metadata\.google\.internal|metadata\.azure/.test(written)) return true;
  if (/\/(?:healthz?|readyz?|livez?|ping|status)(?:$|[?#])/.test(written)) return true;
  // Of the page's own origin: only browsers have one.
  if (/^\/(?!\/)/.test(written) || /^\.\.?\//.test(written)) return !fromPage || staticFile.test(written);
  const host = /^(?:https?|wss?):\/\/([^/?#]*)/i.exec(written)?.[1].toLowerCase();
  if (host === undefined) return false;
  const name = host.replace(/:[\d\u0000]*$/, '');
  // A host that varies is most likely one's own, from the environment; `${region}.api.example.com` is not.
  const end = name.slice(name.lastIndexOf('\u0000') + 1);
  if (name.includes('\u0000') && !/^(?:[\w-]*\.)+[\w-]+\.[a-z]{2,}$/.test(end)) return false;
  return name !== '' && !isOwnHost(end);
}

/** Whether a request only asks whether somebody is there, as the name of the function or of the address tells. */
export function isProbe({ inFunction, arguments: [url] }: CallExpression): boolean {
  return probes.test(inFunction?.name ?? '') || (url !== undefined && healthAddress.test(url.at.text));
}

const probes =
  /(?:^|_)(?:healthz?|healthcheck|healthy|readiness|liveness)(?:_|$)|[hH]ealthCheck|(?:^|[a-z])(?:Health|Readiness|Liveness)$/;
/** `HEALTH_URL`, `base_url + "health"`, and what is scraped: `http://localhost:8888/metrics`. */
const healthAddress = /health_?(?:check_?)?(?:url|uri|endpoint)\b|["'/]healthz?["'`]|:\d+\/metrics["'`]/i;

/** Whether the host is written there, and one's own, or varies and has a port of its own: a service of the project. */
export function isOwnEndpoint(url: readonly (string | null)[] | undefined): boolean {
  const written = url?.map(part => part ?? '\u0000').join('') ?? '';
  const [, host, port] = /^https?:\/\/([^/?#:]+)(:\d+)?(?=[/?#]|$)/i.exec(written) ?? [];
  if (host === undefined) return false;
  return host.includes('\u0000') ? port !== undefined : isOwnHost(host.toLowerCase());
}

const staticFile =
  /\.(?:json|m?js|css|html?|txt|md|svg|png|jpe?g|gif|webp|ico|wasm|woff2?|ya?ml|csv)(?:[?#]|$)/i;

/** Names of addresses that lead to others: what they sign, publish or call back. */
const elsewhere =
  /pre_?signed|signed\.|signed_?url|upload|template_?url|callback|download|tarball|avatar|web_?hook|oauth|oidc|openid|issuer|jwks|well_?known|github|google|slack|stripe|openai|anthropic|azure|amazonaws|s3_|discord|telegram|sendgrid|twilio|npm|docker_?hub|changelog|release|hubspot|posthog|segment|mixpanel|sentry|shopify|paypal|alipay|we_?chat|weixin|dingtalk|feishu|lark_|zendesk|intercom|linear|notion|pagerduty|opsgenie|cloudflare|vercel|supabase|clerk|auth0|okta|recaptcha|turnstile|gravatar|favicon|crawl|scrape|signing_?cert|ocsp|salesforce|sfdc|datadog|new_?relic|dynatrace|honeycomb|splunk|grafana_?cloud|jira\b|gitlab|bitbucket|databricks|snowflake|bigquery|ssrf|qdrant|vespa_|weaviate|milvus|chroma_?db|elastic_?search|opensearch|meili|typesense|influx|clickhouse|victoria_?metrics|otel[-_]?col(?:lector)?|prometheus|jaeger|zipkin|alert_?manager|ollama|vllm|litellm|minio|searxng|kibana|couchdb|algolia|sonarqube|nocodb|baserow|airtable|akamai|jenkins|pinecone|hugging_?face|elevenlabs|deepgram|mapbox|open_?weather|poke_?api|jsonplaceholder|httpbin|storekit|(?<![a-z])apple_|(?:upstream|discover|list|fetch)\w?_?models|models?_?(?:discover|provider)/i;

/** Whether the address is named as one of others. */
export function namesForeign(text: string): boolean {
  return elsewhere.test(text);
}

/**
 * Files of tools, checks and doubles beside the program: nobody looks at their traces. Examples in `docs` are programs, and
 * `src/integration` is a part of one.
 */
const beside =
  /(?:^|\/)(?:\.[\w-]+|scripts?|hack|e2e[\w-]*|(?<!(?:^|\/)(?:src|app|apps|lib|internal|pkg)\/(?:[\w.-]+\/)*)integration|integration[_-]?tests?|[\w-]*-tests?|fakes?|mock\w*|fixtures|migrations?|seeds?|seeders?|benchmarks?|load[_-]?tests?|(?!(?:la|con|at|pro)tests?\/)\w*test(?:ing|util|utils|s|data|helpers|env|mocks?)?|health(?:z|[_-]?checks?)?|docs?(?!\/(?:[\w.-]+\/)*examples?\/)|public|static)\/|^tools\/|(?:^|\/)[\w.-]*(?:mock|fake|stub)[\w.-]*$/i;

export function isBesideProgram(path: string): boolean {
  return beside.test(path);
}

/** What a person runs in a terminal. */
const command = /(?:^|\/)(?:cli|[\w-]+-cli)\//i;

export function isOfCommand(path: string): boolean {
  return command.test(path);
}

/** A single label, a private address, or a name that only resolves inside. */
function isOwnHost(host: string): boolean {
  if (!host.includes('.')) return true;
  if (/^(?:10|127)\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^0\.0\.0\.0$/.test(host)) return true;
  return /\.(?:internal|local|localhost|svc|cluster|lan|intranet|corp|test|example)$|\.(?:svc|internal|intranet)\.|\.default$/.test(
    host,
  );
}

/** Whose host the value of a setting names: `http://stock:8080`, `stock:50051`; undefined if it is no address. */
export function ownerOfHost(value: string): Owner | undefined {
  const [, scheme, host, port] = /^(\w+:\/\/)?([\w.-]+)(:\d+)?(?:[/?#]\S*)?$/.exec(value.trim()) ?? [];
  if (host === undefined || (scheme ?? port) === undefined || standIn.test(host)) return undefined;
  return namesForeign(value) || !isOwnHost(host.toLowerCase()) ? 'others' : 'own';
}

/** Of databases, models, brokers and tools that run beside a program under any name: `localhost:6333`. */
export function isPortOfOthers(port: string | undefined): boolean {
  return portsOfOthers.has(port ?? '');
}

const portsOfOthers = new Set(
  '11434 6333 6334 9200 9300 5601 9090 9091 9093 3100 3200 8086 8123 8200 8500 15672 19530 7700 8529 7474 5984 8983 4566 2379 6379 5432 3306 27017 8428 9411 16686 14268 4317 4318 1025 8025 8265 8761'
    .split(' ')
    .map(port => `:${port}`),
);

/** Hosts of examples, to be replaced. */
const standIn = /your|example|placeholder|change|replace|todo|xxx|domain|company|^(?:some|my)\b/i;

/** The host of others that a request goes to, if it is written there. */
export function publicHostOf(url: readonly (string | null)[] | undefined): string | undefined {
  const first = url?.[0];
  if (typeof first !== 'string') return undefined;
  const host = /^https?:\/\/([^/:?#@]+)(?=[/:?#]|$)/i.exec(first)?.[1].toLowerCase();
  const whole = host !== undefined && (url?.length === 1 || first.length > first.indexOf(host) + host.length);
  return whole && !isOwnHost(host) ? host : undefined;
}
