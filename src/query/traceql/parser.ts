import {
  type BinaryOperator,
  type Expression,
  type Intrinsic,
  intrinsics,
  type SpansetFilter,
  type Static,
} from './ast.ts';
import { checkTypes } from './checkTypes.ts';
import { QueryError, UnsupportedQueryError } from './errors.ts';
import { type Token, tokenize } from './lexer.ts';

/** Operators by how tightly they bind. `&&` and `||` share a level, and all but `^` group to the left. */
const precedence: { readonly [operator: string]: number } = {
  '&&': 1,
  '||': 1,
  '=': 2,
  '!=': 2,
  '<': 2,
  '<=': 2,
  '>': 2,
  '>=': 2,
  '=~': 2,
  '!~': 2,
  '+': 3,
  '-': 3,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};
const notLevel = 4;
const minusLevel = 7;
/** Deeper than anybody writes, and shallow enough for the call stack. */
const deepestNesting = 200;

const words: { readonly [word: string]: Static } = {
  true: { type: 'boolean', value: true },
  false: { type: 'boolean', value: false },
  nil: { type: 'nil' },
  unset: { type: 'status', value: 0 },
  ok: { type: 'status', value: 1 },
  error: { type: 'status', value: 2 },
  unspecified: { type: 'kind', value: 0 },
  internal: { type: 'kind', value: 1 },
  server: { type: 'kind', value: 2 },
  client: { type: 'kind', value: 3 },
  producer: { type: 'kind', value: 4 },
  consumer: { type: 'kind', value: 5 },
  minInt: { type: 'int', value: -(2n ** 63n) },
  maxInt: { type: 'int', value: 2n ** 63n - 1n },
};
const laterStages = new Set([
  '|',
  '>',
  '>>',
  '<',
  '<<',
  '~',
  '!>',
  '!>>',
  '!<',
  '!<<',
  '!~',
  '&>',
  '&>>',
  '&<',
  '&<<',
  '&~',
  '&&',
  '||',
]);

/** A TraceQL query of one spanset filter → its syntax tree. Throws a `QueryError`; for the rest of the language an `UnsupportedQueryError`. */
export function parseQuery(query: string): SpansetFilter {
  return new Parser(query).parse();
}

class Parser {
  readonly #query: string;
  readonly #tokens: Token[];
  #next = 0;
  #depth = 0;

  constructor(query: string) {
    this.#query = query;
    this.#tokens = tokenize(query);
  }

  parse(): SpansetFilter {
    const first = this.#peek();
    if (first.kind === 'end') throw this.#error('the query is empty: { } finds every span', first);
    if (this.#isSymbol('(')) throw this.#unsupported('combined spansets', first);
    if (!this.#take('{')) throw this.#error('a query begins with {', first);
    const expression = this.#isSymbol('}') ? undefined : this.#expression(0);
    if (!this.#take('}'))
      throw this.#error(`expected } or an operator, found ${this.#shown()}`, this.#peek());
    const rest = this.#peek();
    if (rest.kind === 'symbol' && laterStages.has(rest.text))
      throw this.#unsupported(
        rest.text === '|' ? 'pipelines' : `the operator ${rest.text} between spansets`,
        rest,
      );
    if (rest.kind !== 'end') throw this.#error(`expected the end of the query, found ${this.#shown()}`, rest);
    if (expression !== undefined) checkTypes(expression, this.#query);
    return { expression };
  }

  #expression(level: number): Expression {
    if (++this.#depth > deepestNesting) throw this.#error('the query is nested too deeply', this.#peek());
    let left = this.#operand();
    for (;;) {
      const token = this.#peek();
      const binds = token.kind === 'symbol' ? precedence[token.text] : undefined;
      if (token.kind !== 'symbol' || binds === undefined || binds <= level) break;
      this.#next++;
      const right = this.#expression(token.text === '^' ? binds - 1 : binds);
      left = { node: 'binary', operator: token.text as BinaryOperator, left, right, offset: token.offset };
    }
    this.#depth--;
    return left;
  }

  #operand(): Expression {
    const token = this.#peek();
    const { offset } = token;
    this.#next++;
    switch (token.kind) {
      case 'symbol':
        if (token.text === '(') {
          const inner = this.#expression(0);
          if (!this.#take(')'))
            throw this.#error(`expected ) or an operator, found ${this.#shown()}`, this.#peek());
          return inner;
        }
        if (token.text === '!')
          return { node: 'unary', operator: '!', operand: this.#expression(notLevel), offset };
        if (token.text === '-')
          return { node: 'unary', operator: '-', operand: this.#expression(minusLevel), offset };
        break;
      case 'attribute':
        if (token.scope === 'parent') throw this.#unsupported('the scope parent', token);
        return { node: 'attribute', scope: token.scope, name: token.name, offset };
      case 'string':
      case 'int':
      case 'float':
      case 'duration':
        return { node: 'static', value: { type: token.kind, value: token.value } as Static, offset };
      case 'word': {
        const value = Object.hasOwn(words, token.text) ? words[token.text] : undefined;
        if (value !== undefined) return { node: 'static', value, offset };
        if ((intrinsics as readonly string[]).includes(token.text))
          return { node: 'intrinsic', name: token.text as Intrinsic, offset };
        throw this.#error(
          `'${token.text}' is not known here; an attribute is written .${token.text} or span.${token.text}`,
          token,
        );
      }
    }
    throw this.#error(`expected a value or an attribute, found ${shown(token, this.#query)}`, token);
  }

  #peek(): Token {
    return this.#tokens[this.#next];
  }

  #isSymbol(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'symbol' && token.text === text;
  }

  #take(text: string): boolean {
    const found = this.#isSymbol(text);
    if (found) this.#next++;
    return found;
  }

  #shown(): string {
    return shown(this.#peek(), this.#query);
  }

  #error(message: string, token: Token): QueryError {
    return new QueryError(message, this.#query, token.offset);
  }

  #unsupported(what: string, token: Token): QueryError {
    return new UnsupportedQueryError(
      `${what}: not supported, a query is one { … }`,
      this.#query,
      token.offset,
    );
  }
}

function shown(token: Token, query: string): string {
  return token.kind === 'end' ? 'the end of the query' : `'${query.slice(token.offset, token.end)}'`;
}
