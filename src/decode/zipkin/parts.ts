import { Nanos } from '../nanos.ts';

/** Parts of a span that is being read. Texts are offsets into the body. */

export class Endpoint {
  nameFrom = 0;
  nameTo = 0;
  ipFrom = 0;
  ipTo = 0;
  /** The address is not in text. */
  isBinary = false;
  /** 0 if unknown. */
  port = 0;

  /** An address in text: of 4 bytes, which goes before one of 16. */
  takeText(from: number, to: number, length: 4 | 16): void {
    if (from === to || (length === 16 && this.ipTo > this.ipFrom)) return;
    this.ipFrom = from;
    this.ipTo = to;
    this.isBinary = false;
  }

  /** An address in bytes. Zeros are nobody's. */
  takeAddress(bytes: Uint8Array, from: number, to: number, length: 4 | 16): void {
    if (length === 16 && this.ipTo > this.ipFrom) return;
    let all = 0;
    for (let at = from; at < to; at++) all |= bytes[at];
    if (all === 0 || (to - from !== 4 && to - from !== 16)) return;
    this.ipFrom = from;
    this.ipTo = to;
    this.isBinary = true;
  }

  clear(): void {
    this.nameFrom = 0;
    this.nameTo = 0;
    this.ipFrom = 0;
    this.ipTo = 0;
    this.isBinary = false;
    this.port = 0;
  }
}

export class Annotation {
  readonly time = new Nanos();
  from = 0;
  to = 0;
  /** Spans of the first model say whose it is. */
  hasEndpoint = false;
  readonly endpoint = new Endpoint();

  clear(): void {
    this.time.clear();
    this.from = 0;
    this.to = 0;
    this.hasEndpoint = false;
    this.endpoint.clear();
  }
}

/** A tag in the first model. */
export class BinaryAnnotation {
  keyFrom = 0;
  keyTo = 0;
  from = 0;
  to = 0;
  /** True as a truth value: with `sa`, `ca` or `ma` it tells the address of the other side. */
  isTrue = false;
  hasEndpoint = false;
  readonly endpoint = new Endpoint();

  clear(): void {
    this.keyFrom = 0;
    this.keyTo = 0;
    this.from = 0;
    this.to = 0;
    this.isTrue = false;
    this.hasEndpoint = false;
    this.endpoint.clear();
  }
}
