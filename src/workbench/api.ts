import * as vscode from 'vscode';
import type { QueriedTrace } from '../protocol/control.ts';
import type { EngineLink } from './link/engineLink.ts';
import type { ReceiverControl } from './link/receiverControl.ts';
import type { TracePanels } from './panel/tracePanels.ts';

/** What `activate` returns to other extensions; described in `docs/guide/api.md`. */
export interface SpanlineExports {
  /** @throws an Error for a version that this release does not have. */
  getApi(version: 1): SpanlineApi;
}

export interface SpanlineApi {
  /** Address for OTLP over HTTP (`http://127.0.0.1:4318`); `undefined` while the receiver does not run. */
  readonly endpoint: string | undefined;
  /** Traces came, changed or went; at most four times a second. */
  readonly onDidChangeTraces: vscode.Event<void>;
  /** Starts the receiver if it does not run. TraceQL; newest traces first. Rejects with the reason if the query is bad. */
  query(traceQl: string, limit?: number): Promise<QueriedTrace[]>;
  /** Opens the trace in the panel, at the span. Ids in lower-case hex. */
  revealSpan(traceId: string, spanId?: string): Promise<void>;
}

export function createExports(
  link: EngineLink,
  control: ReceiverControl,
  panels: TracePanels,
): SpanlineExports {
  const api: SpanlineApi = {
    get endpoint() {
      return link.endpoints.otlpHttp;
    },
    onDidChangeTraces: (listener, thisArgs, disposables) => {
      const { dispose } = link.onDidChangeStore(() => listener.call(thisArgs, undefined));
      const subscription = new vscode.Disposable(dispose);
      disposables?.push(subscription);
      return subscription;
    },
    query: async (query, limit = 20) => {
      await control.require();
      return (await link.request('traces/query', { query, limit, spansPerTrace: 3 })).traces;
    },
    revealSpan: (traceId, spanId) => panels.open(traceId, spanId),
  };
  return {
    getApi(version) {
      if (version !== 1) throw new Error(`Spanline has no API version ${version}; it has version 1`);
      return api;
    },
  };
}
