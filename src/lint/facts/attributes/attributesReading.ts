import { semconvConstant } from '../../../semconv/constants.ts';
import type { FileFacts } from '../fileFacts.ts';
import {
  type BindStatement,
  type CallExpression,
  type Expression,
  type Extent,
  type FunctionSyntax,
  type Place,
  type Statement,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';
import { statementsIn, within } from '../walk.ts';
import { type Certainty, returnsSpan, SpanReceivers } from './attributesReceivers.ts';
import type { AttributeSink, AttributeWrite, Removal } from './attributeWrite.ts';

/** A key with its value somewhere in a literal. */
export interface Pair {
  readonly key: string | undefined;
  readonly keyAt: Place | undefined;
  readonly value: Expression;
  readonly valueType?: string;
  readonly removal: Removal;
}

/** The call that takes pairs. */
export interface Taker {
  readonly sink: AttributeSink;
  readonly call: CallExpression;
  readonly certainty: Certainty;
}

/** Literals in variables in literals: further in nobody writes attributes. */
const maxHops = 6;

/** Gathers the writes of a unit of a file; what all languages have in common. */
export class WriteCollector {
  readonly file: FileFacts;
  readonly unit: SyntaxUnit;
  readonly receivers: SpanReceivers;
  readonly #writes = new Map<number, AttributeWrite>();
  #statements: Map<Expression, Extent> | undefined;

  constructor(file: FileFacts, unit: SyntaxUnit) {
    this.file = file;
    this.unit = unit;
    this.receivers = new SpanReceivers(file, unit);
  }

  /** A pair is recorded once: by the first call that takes it. */
  add({ sink, call, certainty }: Taker, { key, keyAt, value, valueType, removal }: Pair): void {
    const place = keyAt ?? value.at;
    if (certainty === 'no' || this.#writes.has(place.start)) return;
    const { receiver } = call;
    const certain = certainty === 'certain';
    this.#writes.set(place.start, {
      sink,
      key,
      keyAt,
      value,
      valueAt: value.at,
      valueType,
      call,
      receiver,
      certain,
      removal,
    });
  }

  /** `setAttribute(key, value)`: the whole call is the write. */
  addCall(taker: Taker, key: Expression | undefined, value: Expression | undefined): void {
    if (key === undefined || value === undefined) return;
    this.add(taker, {
      key: this.keyOf(key, taker.call.inFunction),
      keyAt: key.at,
      value,
      removal: this.removalOf(taker.call),
    });
  }

  /** A value without a key: a name, a status description. */
  addValue(taker: Taker, value: Expression | undefined): void {
    if (value === undefined) return;
    this.add(taker, {
      key: undefined,
      keyAt: undefined,
      value,
      removal: { kind: 'none', at: value.at },
    });
  }

  addPairs(taker: Taker, holder: Expression | undefined): void {
    if (holder === undefined || taker.certainty === 'no') return;
    for (const pair of this.pairs(holder, taker.call.inFunction)) this.add(taker, pair);
  }

  get writes(): readonly AttributeWrite[] {
    return [...this.#writes.values()];
  }

  /** The static text of a key, or the key that a constant holds. */
  keyOf(expression: Expression, from: FunctionSyntax | undefined): string | undefined {
    const text = staticText(this.file.names.resolve(expression, from));
    if (text !== undefined) return text;
    const name = this.file.names.qualified(expression, from);
    return name === undefined ? undefined : semconvConstant(name)?.key;
  }

  /** The keys and values of an object, of a variable that holds one, of both arms of a choice. */
  *pairs(holder: Expression, from: FunctionSyntax | undefined, hops = 0): Generator<Pair> {
    if (hops > maxHops) return;
    const literal = this.file.names.resolve(holder, from);
    if (literal.type === 'choice') {
      for (const value of literal.values) yield* this.pairs(value, from, hops + 1);
    } else if (literal.type === 'operation') {
      // `...(user && { 'user.email': user.email })`
      if (literal.operator === '&&' || literal.operator === '...' || literal.operator === '|')
        for (const operand of literal.operands) yield* this.pairs(operand, from, hops + 1);
    } else if (literal.type === 'object') {
      for (const { spread, key, keyAt, keyExpression, value, at } of literal.entries) {
        if (spread) yield* this.pairs(value, from, hops + 1);
        else
          yield {
            key: key ?? (keyExpression === undefined ? undefined : this.keyOf(keyExpression, from)),
            keyAt: keyExpression?.at ?? keyAt,
            value,
            removal: { kind: 'element', at },
          };
      }
    } else if (literal.type === 'call' && literal.callee === 'dict') {
      for (const [key, value] of literal.named)
        if (key !== '**') yield { key, keyAt: undefined, value, removal: { kind: 'none', at: value.at } };
    }
    if (holder.type === 'reference') yield* this.#assigned(holder.path, from);
  }

  /** `attributes['user.email'] = …`, after the literal. */
  *#assigned(path: string, from: FunctionSyntax | undefined): Generator<Pair> {
    for (const statement of statementsIn(from?.body ?? this.file.syntax.body)) {
      if (statement.type !== 'bind' || statement.operator !== '=' || statement.values.length !== 1) continue;
      const [{ target }, ...others] = statement.targets;
      if (others.length > 0 || target?.type !== 'index') continue;
      if (target.object.type !== 'reference' || target.object.path !== path) continue;
      yield {
        key: this.keyOf(target.key, from),
        keyAt: target.key.at,
        value: statement.values[0],
        removal: { kind: 'statement', at: statement.at },
      };
    }
  }

  /** The statement that the call alone is; its link, if a chain goes on before or after it. */
  removalOf(call: CallExpression): Removal {
    this.#statements ??= statementsOf(this.unit.functions.map(({ body }) => body));
    const isLink = call.receiver?.type === 'call' && returnsSpan.test(call.receiver.callee);
    const statement =
      this.#statements.get(call) ??
      (call.inFunction === undefined ? this.file.get(topStatements).get(call) : undefined);
    if (statement !== undefined && !isLink) return { kind: 'statement', at: statement };
    return call.receiver === undefined
      ? { kind: 'none', at: call.at }
      : { kind: 'link', at: new Rest(call.receiver.at, call.at) };
  }
}

function topStatements({ syntax: { body, classes } }: FileFacts): ReadonlyMap<Expression, Extent> {
  return statementsOf([body, ...classes.map(each => each.body)]);
}

/** Calls → the statements that they are. */
function statementsOf(bodies: readonly (readonly Statement[])[]): Map<Expression, Extent> {
  const found = new Map<Expression, Extent>();
  for (const statements of bodies)
    for (const statement of statementsIn(statements))
      if (statement.type === 'expression') found.set(statement.expression, statement.at);
      else if (statement.type === 'bind' && givesBack(statement))
        found.set(statement.values[0], statement.at);
  return found;
}

/** What comes after the first part of a whole, wherever that moves. */
class Rest implements Extent {
  readonly #first: Extent;
  readonly #whole: Extent;

  constructor(first: Extent, whole: Extent) {
    this.#first = first;
    this.#whole = whole;
  }

  get start(): number {
    return this.#first.end;
  }

  get end(): number {
    return this.#whole.end;
  }
}

/** `baggage = baggage.setEntry(…)` */
function givesBack({ declares, targets, values }: BindStatement): boolean {
  const [value] = values;
  return (
    !declares &&
    targets.length === 1 &&
    value?.type === 'call' &&
    value.receiver?.type === 'reference' &&
    value.receiver.path === targets[0].path
  );
}

/** The calls inside an expression, itself included; function values are not entered. */
export function* callsWithin(expression: Expression): Generator<CallExpression> {
  for (const each of within(expression)) if (each.type === 'call') yield each;
}
