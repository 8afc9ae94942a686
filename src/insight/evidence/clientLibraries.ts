/** Client libraries by what they write as `User-Agent`; ids as the rules use them. Looked up in July 2026. */
interface UserAgent {
  readonly begins: string;
  readonly library: string;
  /** Value of `telemetry.sdk.language`. */
  readonly language: string;
}

const userAgents: readonly UserAgent[] = [
  { begins: 'python-requests/', library: 'requests', language: 'python' },
  { begins: 'python-httpx/', library: 'httpx', language: 'python' },
  { begins: 'python-urllib3/', library: 'urllib3', language: 'python' },
  { begins: 'python-urllib/', library: 'urllib', language: 'python' },
  { begins: 'axios/', library: 'axios', language: 'nodejs' },
  { begins: 'got (', library: 'got', language: 'nodejs' },
  { begins: 'node-superagent/', library: 'superagent', language: 'nodejs' },
  { begins: 'node-fetch', library: 'node-fetch', language: 'nodejs' },
  { begins: 'undici', library: 'undici', language: 'nodejs' },
  { begins: 'grpc-node-js/', library: '@grpc/grpc-js', language: 'nodejs' },
  { begins: 'grpc-node/', library: '@grpc/grpc-js', language: 'nodejs' },
  { begins: 'grpc-python/', library: 'grpc', language: 'python' },
  { begins: 'grpc-python-asyncio/', library: 'grpc', language: 'python' },
  { begins: 'grpc-go/', library: 'grpc-go', language: 'go' },
  { begins: 'go-http-client/', library: 'net/http', language: 'go' },
  { begins: 'go-resty/', library: 'resty', language: 'go' },
  { begins: 'grpc-java-', library: 'grpc-java', language: 'java' },
  { begins: 'okhttp/', library: 'okhttp', language: 'java' },
  { begins: 'java-http-client/', library: 'java.net.http', language: 'java' },
  { begins: 'apache-httpclient/', library: 'apache-httpclient', language: 'java' },
  { begins: 'reactornetty/', library: 'webclient', language: 'java' },
  { begins: 'java/', library: 'httpurlconnection', language: 'java' },
  { begins: 'grpc-dotnet/', library: 'grpc-dotnet', language: 'dotnet' },
];

export interface KnownClient {
  readonly library: string;
  readonly language: string;
}

/** The library that a `User-Agent` header names; `undefined` for browsers, command lines, load generators and all others. */
export function clientOf(userAgent: string | undefined): KnownClient | undefined {
  if (userAgent === undefined) return undefined;
  const text = userAgent.toLowerCase();
  // Node's own fetch.
  if (text === 'node') return { library: 'fetch', language: 'nodejs' };
  // `Python/3.12 aiohttp/3.9.1`
  if (/^python\/[\d.]+ aiohttp\//.test(text)) return { library: 'aiohttp', language: 'python' };
  if (/\bgot \(https:\/\/github\.com\/sindresorhus\/got\)/.test(text))
    return { library: 'got', language: 'nodejs' };
  return userAgents.find(({ begins }) => text.startsWith(begins));
}
