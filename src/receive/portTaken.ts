/** The port cannot be opened: somebody else listens on it, or the system keeps it reserved (EACCES on Windows). */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;
  /** Who listens there, as `name (pid 123)`, if the system tells. */
  readonly holder: string | undefined;

  constructor(port: number, holder: string | undefined, cause: unknown) {
    super(`Port ${port} is taken${holder === undefined ? '' : ` by ${holder}`}`, { cause });
    this.port = port;
    this.holder = holder;
  }
}
