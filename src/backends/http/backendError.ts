export type BackendErrorKind =
  /** The target cannot be used as it is given: no URL, a header that is none. */
  | 'badTarget'
  | 'unreachable'
  | 'timedOut'
  /** 401, 403. */
  | 'unauthorized'
  | 'rateLimited'
  /** 5xx after all attempts. */
  | 'failed'
  /** Any other answer that is no success. */
  | 'refused'
  | 'redirected'
  | 'tooLarge'
  /** An answer of another kind than was asked for. */
  | 'unreadable';

/** A backend did not give what it was asked for. The message is for people and holds no secret. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly kind: BackendErrorKind;

  constructor(kind: BackendErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
