import { KnownKeys } from '../knownKeys.ts';
import { Nanos } from '../nanos.ts';
import type { AttributeWriter } from '../otlp/attributeWriter.ts';
import type { NormalizedRequest } from '../otlp/requests.ts';
import { spanSchema } from '../otlp/schema.ts';
import { SpanGroups } from '../otlp/spanGroups.ts';
import { SpanHeader } from '../otlp/spanHeader.ts';
import { writeMessage } from '../otlp/writeMessage.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { wireType } from '../protobuf/wire.ts';
import { ipText } from './ip.ts';
import { eventIn, linkIn } from './looseTexts.ts';
import { Annotation, BinaryAnnotation, Endpoint } from './parts.ts';
import { isOfResource } from './resourceKeys.ts';
import { ReusedList } from './reusedList.ts';
import { type Half, halvesOf } from './v1.ts';

/** Tags with a meaning of their own. Those up to `description` have their own place in OTLP. */
const key = {
  scopeName: 0,
  libraryName: 1,
  scopeVersion: 2,
  libraryVersion: 3,
  error: 4,
  statusCode: 5,
  description: 6,
  peerService: 7,
  peerIp: 8,
  peerPort: 9,
} as const;
const keys = new KnownKeys([
  ...['otel.scope.name', 'otel.library.name', 'otel.scope.version', 'otel.library.version', 'error'],
  ...['otel.status_code', 'otel.status_description', 'peer.service', 'net.peer.ip', 'net.peer.port'],
]);
const serviceKey = new KnownKeys(['service.name']);
const linkPrefix = Buffer.from('otlp.link.');

const names = {
  service: Buffer.from('service.name'),
  hostIp: Buffer.from('net.host.ip'),
  hostPort: Buffer.from('net.host.port'),
  peerService: Buffer.from('peer.service'),
  peerIp: Buffer.from('net.peer.ip'),
  peerPort: Buffer.from('net.peer.port'),
};

const resourceAttribute = 0x0a;
const spanAttribute = 0x4a;
const event = { field: 11, time: 0x09, name: 0x12 } as const;
const statusField = 15;
const statusMessage = 0x12;
const scopeTags = { name: 0x0a, version: 0x12 } as const;

/** Offsets of a text. */
class Range {
  from = 0;
  to = 0;

  set(from: number, to: number): void {
    this.from = from;
    this.to = to;
  }
}

/**
 * Takes the parts of Zipkin's spans as they are read and writes them in OTLP: the OpenTelemetry specification's
 * "OpenTelemetry to Zipkin Transformation" (1.49) read backwards, and the collector's translator where it is silent.
 * Values of tags are text, and stay it.
 */
export class SpanSink {
  readonly header = new SpanHeader();
  readonly duration = new Nanos();
  /** What the sender left to others has no time. */
  hasStart = false;
  hasDuration = false;
  readonly local = new Endpoint();
  readonly remote = new Endpoint();
  readonly annotations = new ReusedList(() => new Annotation());
  /** Spans of the first model have these instead of tags. */
  readonly binaryAnnotations = new ReusedList(() => new BinaryAnnotation());
  isV1 = false;
  readonly #groups = new SpanGroups();
  #body: Buffer = Buffer.alloc(0);
  #bodyEnd = 0;
  /** Which of the known keys there are. */
  #seen = 0;
  readonly #scopeName = new Range();
  readonly #scopeVersion = new Range();
  readonly #error = new Range();
  readonly #statusCode = new Range();
  readonly #description = new Range();
  /** Tags of the resource: four offsets each. */
  readonly #resourceTags: number[] = [];

  start(body: Buffer): void {
    this.#readFrom(body, body.length);
  }

  finish(): NormalizedRequest {
    return this.#groups.finish();
  }

  release(): void {
    this.#groups.release();
    this.#body = Buffer.alloc(0);
  }

  beginSpan(): void {
    this.header.clear();
    this.duration.clear();
    this.hasStart = false;
    this.hasDuration = false;
    this.local.clear();
    this.remote.clear();
    this.annotations.length = 0;
    this.binaryAnnotations.length = 0;
    this.isV1 = false;
    this.#begin();
  }

  endSpan(): void {
    const { annotations, header } = this;
    if (this.isV1) {
      this.#endV1();
      return;
    }
    for (let i = 0; i < annotations.length; i++) this.#writeEvent(annotations.at(i));
    if (this.hasDuration) header.end.setSum(header.start, this.duration);
    this.#end(this.local, this.remote);
  }

  takeTag(keyFrom: number, keyTo: number, from: number, to: number): void {
    const body = this.#body;
    const known = keys.indexOf(body, keyFrom, keyTo);
    if (known >= 0) {
      this.#seen |= 1 << known;
      if (known <= key.description) {
        this.#rangeOf(known).set(from, to);
        return;
      }
    } else if (isOfResource(body, keyFrom, keyTo)) {
      this.#resourceTags.push(keyFrom, keyTo, from, to);
      return;
    } else if (body[keyFrom] === linkPrefix[0] && this.#isLink(keyFrom, keyTo)) {
      const link = linkIn(body.toString('utf8', from, to));
      if (link !== undefined) writePlain(this.#groups.rest, { links: [link] });
      return;
    }
    this.#groups.span.text(spanAttribute, keyFrom, keyTo, from, to);
  }

  /** Makes a text that is not in the body one that is; it ends where the body does, and that is returned. */
  addText(text: string): number {
    const length = Buffer.byteLength(text);
    const end = this.#bodyEnd + length;
    if (end > this.#body.length) {
      const wider = Buffer.allocUnsafe(2 * end);
      wider.set(this.#body);
      this.#readFrom(wider, this.#bodyEnd);
    }
    this.#body.write(text, this.#bodyEnd);
    this.#bodyEnd = end;
    return end;
  }

  #readFrom(body: Buffer, end: number): void {
    this.#body = body;
    this.#bodyEnd = end;
    this.#groups.readFrom(body);
  }

  #begin(): void {
    this.#groups.beginSpan();
    this.#seen = 0;
    this.#resourceTags.length = 0;
  }

  #endV1(): void {
    const { header } = this;
    this.#groups.dropSpan();
    for (const half of halvesOf(this.#body, this)) {
      this.#begin();
      header.kind = half.kind;
      header.start.copy(half.start);
      if (half.duration !== undefined) header.end.setSum(half.start, half.duration);
      else header.end.clear();
      this.#takeParts(half);
      this.#end(half.local, half.remote);
    }
  }

  #takeParts({ tags, annotations }: Half): void {
    for (const { keyFrom, keyTo, from, to } of tags) this.takeTag(keyFrom, keyTo, from, to);
    for (const annotation of annotations) this.#writeEvent(annotation);
  }

  #end(local: Endpoint, remote: Endpoint): void {
    const { header } = this;
    const { id } = header;
    const groups = this.#groups;
    // A span that names itself is a root.
    if (id[6] === id[4] && id[7] === id[5]) id.fill(0, 6);
    if (!header.start.isTime || !header.end.isTime) header.refuse('start or end is out of range');
    this.#writeRemote(remote);
    this.#writeStatus();
    this.#writeResource(local);
    groups.useResource();
    this.#writeRange(groups.scope, scopeTags.name, this.#scopeName, scopeNames);
    this.#writeRange(groups.scope, scopeTags.version, this.#scopeVersion, scopeVersions);
    groups.useScope();
    groups.endSpan(header);
  }

  #rangeOf(known: number): Range {
    if (known <= key.libraryName) return this.#scopeName;
    if (known <= key.libraryVersion) return this.#scopeVersion;
    if (known === key.error) return this.#error;
    return known === key.statusCode ? this.#statusCode : this.#description;
  }

  #isLink(keyFrom: number, keyTo: number): boolean {
    const text = this.#body.toString('latin1', keyFrom, keyTo);
    return /^otlp\.link\.\d+$/.test(text);
  }

  #has(known: number): boolean {
    return (this.#seen & (1 << known)) !== 0;
  }

  #writeResource({ nameFrom, nameTo, ipFrom, ipTo, isBinary, port }: Endpoint): void {
    const { resource } = this.#groups;
    const tags = this.#resourceTags;
    if (nameTo > nameFrom) resource.namedText(resourceAttribute, names.service, nameFrom, nameTo);
    this.#writeIp(resource, resourceAttribute, names.hostIp, isBinary, ipFrom, ipTo);
    if (port !== 0) resource.namedInteger(resourceAttribute, names.hostPort, port);
    for (let at = 0; at < tags.length; at += 4) {
      const [keyFrom, keyTo, from, to] = [tags[at], tags[at + 1], tags[at + 2], tags[at + 3]];
      if (nameTo === nameFrom || serviceKey.indexOf(this.#body, keyFrom, keyTo) < 0)
        resource.text(resourceAttribute, keyFrom, keyTo, from, to);
    }
  }

  #writeRemote({ nameFrom, nameTo, ipFrom, ipTo, isBinary, port }: Endpoint): void {
    const { span } = this.#groups;
    if (nameTo > nameFrom && !this.#has(key.peerService))
      span.namedText(spanAttribute, names.peerService, nameFrom, nameTo);
    if (!this.#has(key.peerIp)) this.#writeIp(span, spanAttribute, names.peerIp, isBinary, ipFrom, ipTo);
    if (port !== 0 && !this.#has(key.peerPort)) span.namedInteger(spanAttribute, names.peerPort, port);
  }

  #writeIp(
    writer: AttributeWriter,
    tag: number,
    name: Uint8Array,
    isBinary: boolean,
    from: number,
    to: number,
  ): void {
    if (from === to) return;
    if (isBinary) writer.namedBytes(tag, name, ipText(this.#body, from, to));
    else writer.namedText(tag, name, from, to);
  }

  /** Zipkin's pages take any `error` for a failure; its value tells what it was. */
  #writeStatus(): void {
    if (!this.#has(key.error) && !this.#has(key.statusCode)) return;
    const body = this.#body;
    const error = this.#has(key.error) ? body.toString('utf8', this.#error.from, this.#error.to) : undefined;
    const code = this.#has(key.statusCode)
      ? body.toString('utf8', this.#statusCode.from, this.#statusCode.to)
      : '';
    const named = code.toUpperCase().replace('STATUS_CODE_', '');
    const isFailure = named === 'ERROR' || (named !== 'OK' && error !== undefined && error !== 'false');
    if (!isFailure && named !== 'OK') return;
    const { rest } = this.#groups;
    rest.tag(statusField, wireType.bytes);
    const start = rest.begin();
    if (isFailure && this.#has(key.description)) {
      const { from, to } = this.#description;
      if (to > from) rest.field(statusMessage, from, to);
    } else if (isFailure && error !== undefined && error !== '' && error !== 'true')
      rest.field(statusMessage, this.#error.from, this.#error.to);
    rest.tag(3, wireType.varint);
    rest.varint(isFailure ? 2 : 1);
    rest.end(start);
  }

  #writeEvent({ time, from, to }: Annotation): void {
    const { rest } = this.#groups;
    if (!time.isTime) this.header.refuse('time of an annotation is out of range');
    // What exporters write ends with a brace, or with a number after one.
    const last = to > from ? this.#body[to - 1] : 0;
    const mayTell = last === 0x7d || (last >= 0x30 && last <= 0x39);
    const told = mayTell ? eventIn(this.#body.toString('utf8', from, to)) : undefined;
    if (told !== undefined) {
      const timeUnixNano = String((BigInt(time.high >>> 0) << 32n) | BigInt(time.low >>> 0));
      writePlain(rest, { events: [{ timeUnixNano, ...told }] });
      return;
    }
    rest.tag(event.field, wireType.bytes);
    const start = rest.begin();
    if (time.value !== 0) rest.fixedWords(event.time, time.low, time.high);
    if (to > from) rest.field(event.name, from, to);
    rest.end(start);
  }

  #writeRange(writer: AttributeWriter, tag: number, { from, to }: Range, mask: number): void {
    if ((this.#seen & mask) !== 0 && to > from) writer.field(tag, from, to);
  }
}

const scopeNames = (1 << key.scopeName) | (1 << key.libraryName);
const scopeVersions = (1 << key.scopeVersion) | (1 << key.libraryVersion);

function writePlain(writer: AttributeWriter, fields: object): void {
  writeMessage(spanSchema, fields, writer, (field, reason) => {
    throw new DecodeError(`${field}: ${reason}`, -1);
  });
}
