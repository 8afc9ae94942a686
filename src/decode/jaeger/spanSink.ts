import { KnownKeys } from '../knownKeys.ts';
import { Nanos } from '../nanos.ts';
import type { AttributeWriter } from '../otlp/attributeWriter.ts';
import type { NormalizedRequest } from '../otlp/requests.ts';
import { SpanGroups } from '../otlp/spanGroups.ts';
import { SpanHeader } from '../otlp/spanHeader.ts';
import { wireType } from '../protobuf/wire.ts';
import { References } from './references.ts';
import { Tag, tagType } from './tag.ts';

/** Tags with a meaning of their own. Those up to `scopeVersion` have their own place in OTLP and are no attributes. */
const key = {
  kind: 0,
  statusCode: 1,
  statusDescription: 2,
  traceState: 3,
  scopeName: 4,
  libraryName: 5,
  scopeVersion: 6,
  libraryVersion: 7,
  error: 8,
  httpStatus: 9,
  httpResponseStatus: 10,
  httpMessage: 11,
} as const;
const keyNames = [
  ...['span.kind', 'otel.status_code', 'otel.status_description', 'w3c.tracestate'],
  ...['otel.scope.name', 'otel.library.name', 'otel.scope.version', 'otel.library.version'],
  ...['error', 'http.status_code', 'http.response.status_code', 'http.status_message'],
];
const spanKeys = new KnownKeys(keyNames);
const eventKeys = new KnownKeys(['event']);
/** Names of Jaeger's clients, and those of the conventions for them. */
const processKeys = new KnownKeys(['service.name', 'hostname', 'jaeger.version']);
const conventions = [undefined, Buffer.from('host.name'), Buffer.from('telemetry.exporter.version')];
const serviceName = Buffer.from('service.name');
const warning = Buffer.from('jaeger.warning');

/** OpenTelemetry's kinds in the order of their numbers, from 1. */
const kinds = new KnownKeys(['internal', 'server', 'client', 'producer', 'consumer']);
const client = 3;

/** Tags of fields: of a list of attributes in each message, and of what else is written here. */
const resourceAttribute = 0x0a;
const spanAttribute = 0x4a;
const traceStateTag = 0x1a;
const event = { tag: 0x5a, time: 0x09, name: 0x12, attribute: 0x1a } as const;
const status = { tag: 0x7a, message: 0x12 } as const;
const scopeTags = { name: 0x0a, version: 0x12 } as const;

/**
 * Takes the parts of Jaeger's spans as they are read and writes them in OTLP. The mapping is that of the OpenTelemetry
 * specification ("OpenTelemetry to Jaeger Transformation", 1.20) read backwards, and of the collector's translator where
 * it is silent.
 *
 * Who reads sets the fields and then says what they are of: `tag`, then `takeTag`.
 */
export class SpanSink {
  readonly header = new SpanHeader();
  readonly duration = new Nanos();
  /** 1: sampled, 2: debug. */
  flags = 0;
  readonly tag = new Tag();
  readonly references = new References();
  readonly logTime = new Nanos();
  readonly #groups = new SpanGroups();
  #body: Buffer = Buffer.alloc(0);
  /** The first tags of each known key, and which of them there are. */
  readonly #known = keyNames.map(() => new Tag());
  #seen = 0;
  readonly #eventName = new Tag();
  #isNamed = false;
  #eventStart = 0;

  start(body: Buffer): void {
    this.#body = body;
    this.#groups.readFrom(body);
    this.#groups.useScope();
  }

  finish(): NormalizedRequest {
    return this.#groups.finish();
  }

  release(): void {
    this.#groups.release();
    this.#body = Buffer.alloc(0);
  }

  takeServiceName(from: number, to: number): void {
    if (to > from) this.#groups.resource.namedText(resourceAttribute, serviceName, from, to);
  }

  takeProcessTag(): void {
    const { tag } = this;
    const known = processKeys.indexOf(this.#body, tag.keyFrom, tag.keyTo);
    if (known === 0) return;
    const { resource } = this.#groups;
    const name = conventions[known];
    if (name === undefined) this.#write(resource, resourceAttribute);
    else if (tag.type === tagType.text) resource.namedText(resourceAttribute, name, tag.from, tag.to);
    else resource.namedBytes(resourceAttribute, name, Buffer.from(tag.textIn(this.#body)));
  }

  /** The spans that follow are of the process whose name and tags were taken. */
  endProcess(): void {
    this.#groups.useResource();
  }

  beginSpan(): void {
    this.#groups.beginSpan();
    this.header.clear();
    this.duration.clear();
    this.flags = 0;
    this.references.clear();
    this.#seen = 0;
  }

  takeTag(): void {
    const body = this.#body;
    const { tag } = this;
    const known = spanKeys.indexOf(body, tag.keyFrom, tag.keyTo);
    if (known >= 0) {
      if ((this.#seen & (1 << known)) === 0) {
        this.#seen |= 1 << known;
        this.#known[known].copyValue(tag);
      }
      if (known < key.error || (known === key.error && tag.isTrueIn(body))) return;
    }
    this.#write(this.#groups.span, spanAttribute);
  }

  takeWarning(from: number, to: number): void {
    this.#groups.span.namedText(spanAttribute, warning, from, to);
  }

  beginLog(): void {
    const { rest } = this.#groups;
    rest.tag(event.tag >>> 3, wireType.bytes);
    this.#eventStart = rest.begin();
    this.#isNamed = false;
    this.logTime.clear();
  }

  takeLogField(): void {
    const { tag } = this;
    if (!this.#isNamed && eventKeys.indexOf(this.#body, tag.keyFrom, tag.keyTo) === 0) {
      this.#isNamed = true;
      this.#eventName.copyValue(tag);
    } else this.#write(this.#groups.rest, event.attribute);
  }

  endLog(): void {
    const { rest } = this.#groups;
    const { logTime, header } = this;
    if (!logTime.isTime) header.refuse('time of a log is out of range');
    if (logTime.value !== 0) rest.fixedWords(event.time, logTime.low, logTime.high);
    if (this.#isNamed) this.#writeText(rest, event.name, this.#eventName);
    rest.end(this.#eventStart);
  }

  endSpan(): void {
    const { header, references } = this;
    const { rest } = this.#groups;
    header.end.setSum(header.start, this.duration);
    if (!header.start.isTime || !header.end.isTime) header.refuse('start or end is out of range');
    header.kind = this.#kind();
    references.chooseParent(header.id);
    references.writeLinks(rest, header.id);
    this.#writeText(rest, traceStateTag, this.#tagOf(key.traceState));
    this.#writeStatus(rest);
    header.flags = this.flags & 1;
    const hasScope = (this.#seen & scopeMask) !== 0;
    if (hasScope) this.#useScope();
    this.#groups.endSpan(header);
    if (hasScope) this.#groups.useScope();
  }

  #useScope(): void {
    const { scope } = this.#groups;
    this.#writeText(scope, scopeTags.name, this.#tagOf(key.scopeName) ?? this.#tagOf(key.libraryName));
    this.#writeText(
      scope,
      scopeTags.version,
      this.#tagOf(key.scopeVersion) ?? this.#tagOf(key.libraryVersion),
    );
    this.#groups.useScope();
  }

  #kind(): number {
    const tag = this.#tagOf(key.kind);
    if (tag === undefined || tag.type !== tagType.text) return 1;
    const kind = kinds.indexOf(this.#body, tag.from, tag.to);
    if (kind >= 0) return kind + 1;
    const text = Buffer.from(tag.textIn(this.#body).toLowerCase());
    return kinds.indexOf(text, 0, text.length) + 1 || 1;
  }

  /** The first of these that says something: `error`, `otel.status_code`, the status of an HTTP answer. */
  #writeStatus(rest: AttributeWriter): void {
    const body = this.#body;
    const error = this.#tagOf(key.error);
    const description = this.#tagOf(key.statusDescription);
    const message = description === undefined || description.textIn(body) === '' ? undefined : description;
    if (error?.isTrueIn(body)) {
      this.#writeStatusOf(rest, 2, message ?? this.#tagOf(key.httpMessage));
      return;
    }
    const code = this.#tagOf(key.statusCode)?.textIn(body).toUpperCase();
    if (code === 'ERROR') this.#writeStatusOf(rest, 2, message);
    else if (code === 'OK') this.#writeStatusOf(rest, 1, undefined);
    else {
      const answer = this.#answerStatus();
      if (answer >= 500 || (answer >= 400 && this.header.kind === client))
        this.#writeStatusOf(rest, 2, undefined);
    }
  }

  #answerStatus(): number {
    const tag = this.#tagOf(key.httpStatus) ?? this.#tagOf(key.httpResponseStatus);
    if (tag === undefined) return 0;
    return tag.type === tagType.long && tag.high === 0 && tag.low >= 0
      ? tag.low
      : Number(tag.textIn(this.#body));
  }

  #writeStatusOf(rest: AttributeWriter, code: number, message: Tag | undefined): void {
    rest.tag(status.tag >>> 3, wireType.bytes);
    const start = rest.begin();
    this.#writeText(rest, status.message, message);
    rest.tag(3, wireType.varint);
    rest.varint(code);
    rest.end(start);
  }

  #tagOf(known: number): Tag | undefined {
    return (this.#seen & (1 << known)) === 0 ? undefined : this.#known[known];
  }

  /** Writes a field with the text of a tag; an empty one not at all. */
  #writeText(writer: AttributeWriter, fieldTag: number, tag: Tag | undefined): void {
    if (tag === undefined) return;
    if (tag.type === tagType.text) {
      if (tag.to > tag.from) writer.field(fieldTag, tag.from, tag.to);
      return;
    }
    const text = tag.textIn(this.#body);
    if (text === '') return;
    writer.tag(fieldTag >>> 3, wireType.bytes);
    writer.string(text);
  }

  /** Writes the tag last read as an attribute. */
  #write(writer: AttributeWriter, attribute: number): void {
    const { keyFrom, keyTo, type, from, to, low, high, double, bool } = this.tag;
    switch (type) {
      case tagType.double:
        writer.number(attribute, keyFrom, keyTo, double);
        break;
      case tagType.bool:
        writer.truth(attribute, keyFrom, keyTo, bool);
        break;
      case tagType.long:
        writer.integer(attribute, keyFrom, keyTo, low, high);
        break;
      case tagType.binary:
        writer.binary(attribute, keyFrom, keyTo, from, to);
        break;
      default:
        writer.text(attribute, keyFrom, keyTo, from, to);
    }
  }
}

const scopeMask =
  (1 << key.scopeName) | (1 << key.libraryName) | (1 << key.scopeVersion) | (1 << key.libraryVersion);
