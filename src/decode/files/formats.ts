import { isJaegerJson, jaegerJson } from '../jaeger/json.ts';
import { type LooseObject, objectOf } from '../looseJson.ts';
import { type NormalizedRequest, tracesFromJson } from '../otlp/requests.ts';
import { isZipkinJson, zipkinJson } from '../zipkin/json.ts';
import { tempoTraces } from './tempoTraces.ts';

/** A format that saved traces may be in. Files are recognized by what they contain. */
export interface FileFormat {
  readonly name: string;
  recognizes(document: unknown): boolean;
  /** The document in OTLP. Throws a `DecodeError`. */
  toRequest(document: unknown): NormalizedRequest;
}

/** The first that recognizes a document reads it. */
export const formats: readonly FileFormat[] = [
  {
    // https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
    name: 'OTLP JSON',
    recognizes: document => has(document, 'resourceSpans', 'resource_spans'),
    toRequest: tracesFromJson,
  },
  {
    // An answer of `/api/v3/traces`, or a line of it.
    name: 'Jaeger API v3 JSON',
    recognizes: document => has(objectOf(document)?.['result'], 'resourceSpans', 'resource_spans'),
    toRequest: document => tracesFromJson(objectOf(document)?.['result']),
  },
  {
    // Answers of `/api/traces/<id>` (`batches`) and `/api/v2/traces/<id>` (`trace`).
    name: 'Tempo JSON',
    recognizes: document =>
      has(document, 'batches') || has(objectOf(document)?.['trace'], 'resourceSpans', 'batches'),
    toRequest: document => tracesFromJson(tempoTraces(document as LooseObject)),
  },
  {
    name: 'Jaeger JSON',
    recognizes: isJaegerJson,
    toRequest: jaegerJson,
  },
  {
    name: 'Zipkin JSON',
    recognizes: isZipkinJson,
    toRequest: zipkinJson,
  },
];

function has(document: unknown, ...keys: readonly string[]): boolean {
  const object = objectOf(document);
  return object !== undefined && keys.some(key => Object.hasOwn(object, key));
}
