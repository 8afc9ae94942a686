/** A format that saved traces may be in. Files are recognized by what they contain. */
export interface FileFormat {
  readonly name: string;
  recognizes(document: unknown): boolean;
  /** The document as `TracesData` in OTLP/JSON, as lenient as `tracesFromJson` takes it. */
  toTraces(document: unknown): unknown;
}

function hasKey(document: unknown, ...keys: string[]): boolean {
  return typeof document === 'object' && document !== null && keys.some(key => Object.hasOwn(document, key));
}

/** The first that recognizes a document reads it. */
export const formats: readonly FileFormat[] = [
  {
    // https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
    name: 'OTLP JSON',
    recognizes: document => hasKey(document, 'resourceSpans', 'resource_spans'),
    toTraces: document => document,
  },
];
