import type { AttributeScope } from './lexer.ts';

/** What can be read off a span and its trace without its attributes. */
export const intrinsics = [
  'duration',
  'name',
  'status',
  'statusMessage',
  'kind',
  'rootName',
  'rootServiceName',
  'traceDuration',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
  'trace:duration',
  'trace:rootName',
  'trace:rootService',
  'trace:id',
  'span:duration',
  'span:name',
  'span:kind',
  'span:status',
  'span:statusMessage',
  'span:id',
  'span:parentID',
  'span:childCount',
  'event:name',
  'event:timeSinceStart',
  'link:traceID',
  'link:spanID',
  'instrumentation:name',
  'instrumentation:version',
] as const;
export type Intrinsic = (typeof intrinsics)[number];

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '=~'
  | '!~'
  | '&&'
  | '||';

/** A constant of the language. `status` and `kind` are numbers as in OTLP. */
export type Static =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  /** Nanoseconds. */
  | { readonly type: 'duration'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'status'; readonly value: number }
  | { readonly type: 'kind'; readonly value: number }
  | { readonly type: 'nil' };

export type Expression = { readonly offset: number } & (
  | { readonly node: 'static'; readonly value: Static }
  | { readonly node: 'attribute'; readonly scope: AttributeScope; readonly name: string }
  | { readonly node: 'intrinsic'; readonly name: Intrinsic }
  | { readonly node: 'unary'; readonly operator: '-' | '!'; readonly operand: Expression }
  | {
      readonly node: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
);

/** `{ … }`; no expression: every span. */
export interface SpansetFilter {
  readonly expression: Expression | undefined;
}
