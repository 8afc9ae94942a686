import { groupedBy } from '../../base/groups.ts';
import { noText, type Text } from '../msgpack/reader.ts';
import type { AttributeWriter } from '../otlp/attributeWriter.ts';
import { wireType } from '../protobuf/wire.ts';
import type { Chunk, Payload, SpanRecord } from './spanRecord.ts';
import { keyOf, writeAttributes, writeText } from './writeSpans.ts';

/** What a request's headers say of its tracer. */
export interface DatadogTracer {
  readonly language?: string;
  readonly version?: string;
  readonly containerId?: string;
}

/** `Resource { attributes = 1 }` */
const attributesField = 1;
const attributeTag = (attributesField << 3) | wireType.bytes;

/** Spans of one chunk that have their resource in common: service, environment and version. */
export function groupsOf({ spans }: Chunk): SpanRecord[][] {
  return [...groupedBy(spans, ({ resourceNumber }) => resourceNumber).values()];
}

/** Writes `ResourceSpans.resource` for a group of spans. */
export function writeResource(
  writer: AttributeWriter,
  payload: Payload,
  chunk: Chunk,
  { service, env, version }: SpanRecord,
  tracer: DatadogTracer,
): void {
  writer.tag(1, wireType.bytes);
  const start = writer.begin();
  const add = (key: string, text: Text, otherwise?: string) => {
    if (text !== noText) writeText(writer, attributesField, key, text);
    else if (otherwise) writer.namedBytes(attributeTag, keyOf(key), Buffer.from(otherwise));
  };
  add('service.name', service);
  add('deployment.environment.name', either(env, payload.env));
  add('service.version', either(version, payload.version));
  add('service.instance.id', either(chunk.runtimeId, payload.runtimeId));
  add('telemetry.sdk.name', noText, 'datadog');
  add('telemetry.sdk.language', either(chunk.language, payload.language), tracer.language);
  add('telemetry.sdk.version', payload.tracerVersion, tracer.version);
  add('host.name', either(chunk.hostname, payload.hostname));
  add('container.id', payload.containerId, tracer.containerId);
  writeAttributes(writer, attributesField, payload.attributes);
  writer.end(start);
}

/** Writes `ScopeSpans.scope`: tracers do not tell which integration made a span otherwise than by attributes. */
export function writeScope(writer: AttributeWriter, payload: Payload, tracer: DatadogTracer): void {
  const { body, tracerVersion } = payload;
  writer.tag(1, wireType.bytes);
  const start = writer.begin();
  writer.tag(1, wireType.bytes);
  writer.string('datadog');
  if (tracerVersion !== noText || tracer.version !== undefined) {
    writer.tag(2, wireType.bytes);
    if (tracerVersion !== noText) writer.copy(body, tracerVersion.from, tracerVersion.to);
    else writer.string(tracer.version ?? '');
  }
  writer.end(start);
}

function either(text: Text, otherwise: Text): Text {
  return text === noText ? otherwise : text;
}
