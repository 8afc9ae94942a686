import type { Field } from './fields.ts';

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';
export type BinaryOperator = ComparisonOperator | ArithmeticOperator | '=~' | '!~' | '&&' | '||';
export type Relation = '>' | '>>' | '<' | '<<' | '~';
export type SpansetOperator = '&&' | '||' | Relation | `!${Relation}` | `&${Relation}`;
export type MetricsOperator = '+' | '-' | '*' | '/';

/** A constant of the language. `status` and `kind` are numbers as in OTLP. */
export type Static =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  /** Nanoseconds. */
  | { readonly type: 'duration'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'status'; readonly value: number }
  | { readonly type: 'kind'; readonly value: number };

/** Offsets are in UTF-16 units from the start of the query. */
interface Placed {
  readonly offset: number;
}

/** Stands within `{ … }` and in aggregates: has a value for each span. */
export type Expression =
  | Field
  | (Placed &
      (
        | { readonly node: 'static'; readonly value: Static }
        | { readonly node: 'unary'; readonly operator: '-' | '!'; readonly operand: Expression }
        /** `= nil` (`absent`) and `!= nil`; no operand: nil itself is compared, which is never true. */
        | { readonly node: 'nil'; readonly absent: boolean; readonly operand: Expression | undefined }
        | {
            readonly node: 'binary';
            readonly operator: BinaryOperator;
            readonly left: Expression;
            readonly right: Expression;
          }
      ));

/** `{ … }`; no expression: every span. */
export type SpansetFilter = Placed & { readonly node: 'filter'; readonly expression: Expression | undefined };

export type SpansetExpression =
  | SpansetFilter
  | (Placed & {
      readonly node: 'operation';
      readonly operator: SpansetOperator;
      readonly left: SpansetExpression;
      readonly right: SpansetExpression;
    })
  /** `( … | … )` as an operand. */
  | (Placed & { readonly node: 'pipeline'; readonly stages: readonly Stage[] });

export type AggregateName = 'count' | 'min' | 'max' | 'avg' | 'sum';

export type ScalarExpression = Placed &
  (
    | { readonly node: 'static'; readonly value: Static }
    | {
        readonly node: 'aggregate';
        readonly name: AggregateName;
        readonly operand: Expression | undefined;
      }
    | {
        readonly node: 'arithmetic';
        readonly operator: ArithmeticOperator;
        readonly left: ScalarExpression;
        readonly right: ScalarExpression;
      }
    /** `( … | count() )`. */
    | {
        readonly node: 'scalarPipeline';
        readonly stages: readonly Stage[];
        readonly aggregate: ScalarExpression;
      }
  );

export type Stage =
  | SpansetExpression
  | (Placed &
      (
        | {
            readonly node: 'scalarFilter';
            readonly operator: ComparisonOperator;
            readonly left: ScalarExpression;
            readonly right: ScalarExpression;
          }
        | { readonly node: 'by'; readonly expression: Expression }
        | { readonly node: 'coalesce' }
        | { readonly node: 'select'; readonly fields: readonly Field[] }
      ));

export type OverTimeName =
  | 'rate'
  | 'count_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'avg_over_time'
  | 'sum_over_time'
  | 'quantile_over_time'
  | 'histogram_over_time';

export type MetricsFunction = Placed &
  (
    | {
        readonly node: 'overTime';
        readonly name: OverTimeName;
        /** None for `rate` and `count_over_time`. */
        readonly field: Field | undefined;
        readonly quantiles: readonly number[];
        readonly by: readonly Field[];
      }
    | {
        readonly node: 'compare';
        readonly filter: SpansetFilter;
        readonly top: number;
        /** Nanoseconds since 1970, both or neither. */
        readonly start: bigint;
        readonly end: bigint;
      }
  );

export type SecondStage = Placed &
  (
    | { readonly node: 'topk' | 'bottomk'; readonly limit: number }
    /** Durations in seconds, as metrics give them. */
    | { readonly node: 'threshold'; readonly operator: ComparisonOperator; readonly value: number }
  );

export type MetricsExpression = Placed &
  (
    | {
        readonly node: 'metrics';
        readonly stages: readonly Stage[];
        readonly metric: MetricsFunction;
        readonly after: readonly SecondStage[];
      }
    | {
        readonly node: 'math';
        readonly operator: MetricsOperator;
        /** At most one is a number. */
        readonly left: MetricsExpression | number;
        readonly right: MetricsExpression | number;
      }
  );

export interface Hint {
  readonly name: string;
  readonly value: Static;
}

export type Query = { readonly hints: readonly Hint[] } & (
  | { readonly kind: 'spansets'; readonly stages: readonly Stage[] }
  | {
      readonly kind: 'metrics';
      readonly expression: MetricsExpression;
      readonly after: readonly SecondStage[];
    }
);
