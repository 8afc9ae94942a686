/** A body that cannot be understood as a whole; the sender's fault. `offset` is a byte offset into it, −1 if unknown. */
export class DecodeError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(offset < 0 ? message : `${message} at byte ${offset}`);
    this.name = 'DecodeError';
    this.offset = offset;
  }
}
