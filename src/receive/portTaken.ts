/** The port cannot be opened: somebody else listens on it, or the system keeps it reserved (EACCES). */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;
  /** Who listens there, as `name (pid 123)`, if the system tells. */
  readonly holder: string | undefined;

  constructor(port: number, holder: string | undefined, cause: unknown) {
    const reserved = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
    const by = holder === undefined ? '' : ` by ${holder}`;
    super(reserved ? `Port ${port} is reserved by the system (EACCES)` : `Port ${port} is taken${by}`, {
      cause,
    });
    this.port = port;
    this.holder = holder;
  }
}
