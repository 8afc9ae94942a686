import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type HttpAnswer, textAnswer } from './httpExchange.ts';
import { type HttpRequest, type HttpService, startHttpReceiver } from './httpReceiver.ts';
import type { Receiver, ReceiverSetup } from './receiver.ts';

const packed = promisify<string, Buffer>(gzip);

/** What is scraped. */
export interface MetricsSource {
  /** @param isOpenMetrics the scraper understands OpenMetrics, else the older text format is meant */
  read(isOpenMetrics: boolean): { readonly contentType: string; readonly text: string };
  dispose(): void;
}

export interface PrometheusOptions extends ReceiverSetup {
  source: MetricsSource;
}

/** An endpoint for Prometheus to scrape: `GET /metrics`. Throws a `PortTakenError`; the source is disposed of then. */
export async function startPrometheus({ source, ...setup }: PrometheusOptions): Promise<Receiver> {
  let receiver: Receiver;
  try {
    receiver = await startHttpReceiver(setup, new MetricsEndpoint(source));
  } catch (error) {
    source.dispose();
    throw error;
  }
  const { port, addresses, warnings } = receiver;
  return {
    ...{ port, addresses, warnings },
    get requests() {
      return receiver.requests;
    },
    close() {
      source.dispose();
      return receiver.close();
    },
  };
}

class MetricsEndpoint implements HttpService {
  readonly methods = 'GET';
  readonly #source: MetricsSource;

  constructor(source: MetricsSource) {
    this.#source = source;
  }

  async answer({ method, path, headers, isFromPage }: HttpRequest): Promise<HttpAnswer> {
    if (path !== '/metrics') return textAnswer(404, 'metrics are at /metrics');
    if (method !== 'GET')
      return { ...textAnswer(405, '405 method not allowed, supported: [GET]'), headers: { allow: 'GET' } };
    // A scraper is no page; what a page could read here are names of services and operations.
    if (isFromPage && headers.origin !== undefined) return textAnswer(403, 'pages may not read metrics');
    const { contentType, text } = this.#source.read(
      /\bapplication\/openmetrics-text\b/.test(headers.accept ?? ''),
    );
    if (!/\bgzip\b/.test(String(headers['accept-encoding'] ?? '')))
      return { status: 200, contentType, body: Buffer.from(text) };
    return {
      status: 200,
      contentType,
      body: await packed(text),
      headers: { 'content-encoding': 'gzip', vary: 'accept, accept-encoding' },
    };
  }
}
