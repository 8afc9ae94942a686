import type { ReceiverName } from '../protocol/control.ts';
import { startDatadog } from '../receive/datadog.ts';
import { startJaegerAgent } from '../receive/jaegerAgent.ts';
import { startJaegerHttp, startJaegerSampling } from '../receive/jaegerHttp.ts';
import { startJaegerGrpc, startOtlpGrpc, startOtlpHttp } from '../receive/otlp.ts';
import { startPrometheus } from '../receive/prometheus.ts';
import type { Receiver, ReceiverSetup } from '../receive/receiver.ts';
import { startZipkin } from '../receive/zipkin.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { DatadogIntake } from './datadogIntake.ts';
import type { Ingest } from './ingest.ts';
import { JaegerIntake } from './jaegerIntake.ts';
import { spanMetricsSource } from './spanMetricsSource.ts';
import { ZipkinIntake } from './zipkinIntake.ts';

/** What receivers give what they receive to. */
export interface ReceiverSinks {
  readonly ingest: Ingest;
  readonly store: TraceStore;
}

/** A receiver that an engine can open. */
export interface ReceiverKind {
  /** Where its senders send by default. */
  readonly port: number;
  /** Whether every engine opens it unless told otherwise; the others open on request. */
  readonly isStandard: boolean;
  /** What its address is told with: gRPC and UDP have host and port alone. */
  readonly scheme: '' | 'http://';
  /** Throws a `PortTakenError`. */
  start(setup: ReceiverSetup, sinks: ReceiverSinks): Promise<Receiver>;
}

export const receiverKinds = {
  otlpHttp: {
    port: 4318,
    isStandard: true,
    scheme: 'http://',
    start: (setup, { ingest }) => startOtlpHttp({ ...setup, sink: ingest }),
  },
  otlpGrpc: {
    port: 4317,
    isStandard: true,
    scheme: '',
    start: (setup, { ingest }) => startOtlpGrpc({ ...setup, sink: ingest }),
  },
  zipkin: {
    port: 9411,
    isStandard: false,
    scheme: 'http://',
    start: (setup, { ingest }) => startZipkin({ ...setup, sink: new ZipkinIntake(ingest) }),
  },
  jaegerHttp: {
    port: 14268,
    isStandard: false,
    scheme: 'http://',
    start: (setup, { ingest }) => startJaegerHttp({ ...setup, sink: new JaegerIntake(ingest) }),
  },
  jaegerGrpc: {
    port: 14250,
    isStandard: false,
    scheme: '',
    start: (setup, { ingest }) => startJaegerGrpc({ ...setup, sink: new JaegerIntake(ingest) }),
  },
  jaegerUdpCompact: {
    port: 6831,
    isStandard: false,
    scheme: '',
    start: (setup, { ingest }) => startJaegerAgent({ ...setup, sink: new JaegerIntake(ingest) }),
  },
  jaegerUdpBinary: {
    port: 6832,
    isStandard: false,
    scheme: '',
    start: (setup, { ingest }) => startJaegerAgent({ ...setup, sink: new JaegerIntake(ingest) }),
  },
  jaegerSampling: {
    port: 5778,
    isStandard: false,
    scheme: 'http://',
    start: setup => startJaegerSampling(setup),
  },
  datadog: {
    port: 8126,
    isStandard: false,
    scheme: 'http://',
    start: (setup, { ingest, store }) => startDatadog({ ...setup, sink: new DatadogIntake(ingest, store) }),
  },
  prometheus: {
    port: 9464,
    isStandard: false,
    scheme: 'http://',
    start: (setup, { store }) => startPrometheus({ ...setup, source: spanMetricsSource(store) }),
  },
} as const satisfies { readonly [name in ReceiverName]?: ReceiverKind };

/** Receivers that are built. */
export type BuiltReceiver = keyof typeof receiverKinds;

/** In the order in which they are opened and shown. */
export const builtReceivers = Object.keys(receiverKinds) as BuiltReceiver[];
