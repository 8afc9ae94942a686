/** A query that cannot be answered, with the place that is to blame: line and column are 1-based, columns in UTF-16 units. */
export class QueryError extends Error {
  override readonly name: string = 'QueryError';
  readonly line: number;
  readonly column: number;

  constructor(message: string, query: string, offset: number) {
    const before = query.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - (before.lastIndexOf('\n') + 1) + 1;
    super(`${message} (line ${line}, column ${column})`);
    this.line = line;
    this.column = column;
  }
}

/** Throws what is wrong with a query, if anything is: all of it in one message, the place is that of the first. */
export function throwAll(errors: readonly QueryError[]): void {
  if (errors.length === 0) return;
  const sorted = errors.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const [first] = sorted;
  first.message = sorted.map(({ message }) => message).join('; ');
  throw first;
}

/** Part of TraceQL's grammar that has no meaning yet, in Tempo neither. */
export class UnsupportedQueryError extends QueryError {
  override readonly name = 'UnsupportedQueryError';

  constructor(what: string, query: string, offset: number) {
    super(`${what}: not supported`, query, offset);
  }
}
