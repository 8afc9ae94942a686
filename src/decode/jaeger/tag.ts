/** Types of tags, in Thrift's numbers. Protobuf has others. */
export const tagType = { text: 0, double: 1, bool: 2, long: 3, binary: 4 } as const;

/** A tag of a span, a process or a log; its key and what is text or bytes of it are offsets into the body. */
export class Tag {
  keyFrom = 0;
  keyTo = 0;
  type = 0;
  from = 0;
  to = 0;
  /** Words of a long, in two's complement, with signs. */
  low = 0;
  high = 0;
  double = 0;
  bool = false;

  clear(): void {
    this.keyFrom = 0;
    this.keyTo = 0;
    this.type = tagType.text;
    this.from = 0;
    this.to = 0;
    this.low = 0;
    this.high = 0;
    this.double = 0;
    this.bool = false;
  }

  /** Takes over the value of another tag. */
  copyValue(other: Tag): void {
    this.type = other.type;
    this.from = other.from;
    this.to = other.to;
    this.low = other.low;
    this.high = other.high;
    this.double = other.double;
    this.bool = other.bool;
  }

  /** The value as text, binary ones in base64. */
  textIn(body: Buffer): string {
    switch (this.type) {
      case tagType.double:
        return String(this.double);
      case tagType.bool:
        return String(this.bool);
      case tagType.long:
        return String((BigInt(this.high) << 32n) | BigInt(this.low >>> 0));
      case tagType.binary:
        return body.toString('base64', this.from, this.to);
      default:
        return body.toString('utf8', this.from, this.to);
    }
  }

  isTrueIn(body: Buffer): boolean {
    if (this.type === tagType.bool) return this.bool;
    return (
      this.type === tagType.text && this.to - this.from === 4 && this.textIn(body).toLowerCase() === 'true'
    );
  }
}
