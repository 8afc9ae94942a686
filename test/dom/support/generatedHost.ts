import type { SpanDetails } from '../../../src/protocol/control.ts';
import type { SourceCandidate } from '../../../src/protocol/panel.ts';
import { type GeneratedSpan, serviceNames, traceId } from './generatedTrace.ts';
import { GeneratedView } from './generatedView.ts';
import type { PanelHandlers } from './panelPage.ts';

export const candidate: SourceCandidate = {
  uri: 'file:///shop/src/checkout.ts',
  path: 'src/checkout.ts',
  line: 42,
  confidence: 0.93,
  strategy: 'code.file.path',
  preview: "tracer.startActiveSpan('POST /checkout', async span => {",
};

/** An extension host around a generated trace: answers all that a panel asks, and keeps what it was told to do. */
export class GeneratedHost {
  readonly view: GeneratedView;
  /** Requests that do something outside of the panel, in order: `[method, parameters]`. */
  readonly done: [method: string, params: unknown][] = [];
  /** The trace that the panel is said to show. */
  shownTraceId = traceId;
  revealSpanId: string | undefined;

  constructor(spans: readonly GeneratedSpan[], received = spans.length) {
    this.view = new GeneratedView(spans, received);
  }

  get handlers(): PanelHandlers {
    const does =
      <R>(method: string, result: R) =>
      (params: unknown) => {
        this.done.push([method, params]);
        return result;
      };
    return {
      ...this.view.handlers,
      'panel/hello': () => ({
        traceId: this.shownTraceId,
        revealSpanId: this.revealSpanId,
        summary: null,
      }),
      'span/details': ({ spanId }) => this.#details(spanId),
      'source/candidates': () => ({ candidates: [candidate] }),
      'source/open': does('source/open', { opened: true }),
      'source/openCandidate': does('source/openCandidate', { opened: true }),
      'clipboard/write': does('clipboard/write', {}),
      'trace/open': does('trace/open', {}),
      'trace/pin': ({ pinned }) => ({ pinned }),
      'trace/openJson': does('trace/openJson', {}),
    };
  }

  #details(spanId: string): SpanDetails | null {
    const found = this.view.spans.find(({ span }) => span.spanId === spanId);
    if (!found) return null;
    return {
      span: found.span,
      serviceName: serviceNames[found.service],
      resource: {
        attributes: [{ key: 'service.name', value: { stringValue: serviceNames[found.service] } }],
      },
      scope: { name: 'shop', version: '1.2.0' },
      logs: [
        {
          timeUnixNano: found.span.startTimeUnixNano,
          severityNumber: 17,
          severityText: 'ERROR',
          body: { stringValue: '<b>could not charge</b>' },
        },
      ],
      linkedFrom: [],
      selfTimeNano: '1234567',
      onCriticalPath: found.parent < 0,
      notes: [],
    };
  }
}
