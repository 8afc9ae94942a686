import { QueryError } from '../errors.ts';
import { type Token, tokenize } from './lexer.ts';

/** Deeper than anybody writes, and shallow enough for the call stack. */
const deepestNesting = 200;

/** The tokens of a query and a place among them. */
export class Cursor {
  readonly query: string;
  /** What was wrong in parts that were left out. */
  readonly errors: QueryError[] = [];
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(query: string) {
    this.query = query;
    this.#tokens = tokenize(query);
  }

  get next(): Token {
    return this.#tokens[this.#at];
  }

  get atEnd(): boolean {
    return this.next.kind === 'end';
  }

  get afterNext(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)];
  }

  advance(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  isSymbol(text: string): boolean {
    return this.next.kind === 'symbol' && this.next.text === text;
  }

  isWord(text: string): boolean {
    return this.next.kind === 'word' && this.next.text === text;
  }

  take(symbol: string): boolean {
    const found = this.isSymbol(symbol);
    if (found) this.#at++;
    return found;
  }

  /** `meant`: what else could stand here, for the message. */
  expect(symbol: string, meant = ''): void {
    if (!this.take(symbol)) throw this.errorHere(`expected ${symbol}${meant}, found ${this.shown()}`);
  }

  /** Runs what parses something nested. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > deepestNesting) throw this.errorHere('the query is nested too deeply');
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Parses something that ends with a symbol; if that fails, goes on without it behind the next one, unless another like that before it begins. */
  recovering<T>(close: string, parse: () => T): T | undefined {
    const open = this.#tokens[this.#at - 1];
    const depth = this.#depth;
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      while (!this.take(close)) {
        if (this.atEnd || (open.kind === 'symbol' && this.isSymbol(open.text))) throw error;
        this.advance();
      }
      this.errors.push(error);
      this.#depth = depth;
      return undefined;
    }
  }

  shown(): string {
    const { next } = this;
    return next.kind === 'end' ? 'the end of the query' : `'${this.query.slice(next.offset, next.end)}'`;
  }

  errorHere(message: string): QueryError {
    return this.error(message, this.next.offset);
  }

  error(message: string, offset: number): QueryError {
    return new QueryError(message, this.query, offset);
  }
}
