import type { ScalarExpression, Static } from '../ast.ts';
import { compileReader } from '../evaluate.ts';
import type { SpanContext } from '../spanContext.ts';
import { compareValues, isNumber, type NumberStatic } from '../values.ts';

/** One value for many spans; undefined if none of them has what is asked for. */
export type Aggregate<Span> = (spans: readonly Span[]) => Static | undefined;

/** `moveTo` leads the context to a span. */
export function compileAggregate<Span>(
  aggregate: ScalarExpression & { node: 'aggregate' },
  context: SpanContext,
  moveTo: (span: Span) => void,
  query: string,
): Aggregate<Span> {
  const { name, operand } = aggregate;
  if (operand === undefined) return spans => ({ type: 'int', value: BigInt(spans.length) });
  const read = compileReader(operand, query);
  return spans => {
    const fold = new Fold();
    for (const span of spans) {
      moveTo(span);
      // An array is no number, not even one that holds a single one.
      const values = read(context);
      if (values.length === 1 && isNumber(values[0])) fold.add(values[0]);
    }
    return fold.result(name);
  };
}

class Fold {
  #count = 0;
  #sum = 0;
  #type: 'int' | 'float' | 'duration' = 'int';
  #least: NumberStatic | undefined;
  #greatest: NumberStatic | undefined;

  add(value: NumberStatic): void {
    this.#count++;
    this.#sum += Number(value.value);
    if (value.type !== 'int') this.#type = value.type;
    if (this.#least === undefined || compareValues('<', value, this.#least)) this.#least = value;
    if (this.#greatest === undefined || compareValues('>', value, this.#greatest)) this.#greatest = value;
  }

  result(name: string): Static | undefined {
    if (this.#count === 0) return undefined;
    if (name === 'min') return this.#least;
    if (name === 'max') return this.#greatest;
    const value = name === 'avg' ? this.#sum / this.#count : this.#sum;
    return { type: this.#type === 'duration' ? 'duration' : 'float', value };
  }
}
