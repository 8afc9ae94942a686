import type { FileFacts } from './fileFacts.ts';
import type { CallExpression, Expression, FunctionSyntax, Place, Statement } from './syntax.ts';
import { bodiesOf, expressionsOf, operandsOf } from './walk.ts';

/** What is done with a variable that holds a span, within a function and the functions inside it. */
export interface SpanUses {
  /** Calls of `end`, `End`, `Dispose`, `Stop` on it. */
  readonly ends: readonly SpanUse[];
  readonly statuses: readonly SpanUse[];
  /** `recordException`, `RecordError`, `record_exception`, `AddException`. */
  readonly exceptions: readonly SpanUse[];
  /** All other methods called on it. */
  readonly others: readonly SpanUse[];
  /** It is returned, stored, or captured: somebody else has it now. */
  readonly escapes: readonly Place[];
  /** It is an argument of a call that may end it. */
  readonly handed: readonly Place[];
}

export interface SpanUse {
  readonly call: CallExpression;
  /** In a function inside the one that holds the variable. */
  readonly nested: boolean;
}

const ending = /^(?:end|End|Dispose|DisposeAsync|Stop|finish|Finish|__exit__|close)$/;
const status = /^(?:setStatus|set_status|SetStatus)$/;
const exception = /^(?:recordException|record_exception|RecordError|RecordException|AddException)$/;
/** They look at the span or make a context of it, and leave it with its owner. */
const looks =
  /^(?:setSpan|set_span_in_context|ContextWithSpan|with|isSpanContextValid|log|info|debug|warn|error|trace|Print|Println|Printf|Sprintf|Sprint|Errorf|print|str|repr|len|bool|Boolean|String|assert|expect|bind|getBaggage|attach|use_span|storeInContext|withSpan|makeCurrent)$/;

/** Memory of what local functions do with a span that they are given. */
type Handed = (call: CallExpression, argument: number) => 'ends' | 'keeps' | 'looks' | undefined;

/**
 * @param body where the variable can be seen
 * @param variable `span`, `this.span`
 * @param handed what is known of functions that get the span as an argument
 */
export function usesOfSpan(body: readonly Statement[], variable: string, handed: Handed): SpanUses {
  const uses = { ends: [], statuses: [], exceptions: [], others: [], escapes: [], handed: [] } as {
    ends: SpanUse[];
    statuses: SpanUse[];
    exceptions: SpanUse[];
    others: SpanUse[];
    escapes: Place[];
    handed: Place[];
  };
  const is = (expression: Expression | undefined) =>
    expression?.type === 'reference' && expression.path === variable;

  /** @param owned whether what the call gives is returned */
  const readCall = (call: CallExpression, nested: boolean, owned: boolean) => {
    const { receiver, callee } = call;
    if (is(receiver)) {
      const list = ending.test(callee)
        ? uses.ends
        : status.test(callee)
          ? uses.statuses
          : exception.test(callee)
            ? uses.exceptions
            : uses.others;
      list.push({ call, nested });
    }
    [...call.arguments, ...call.named.values()].forEach((argument, index) => {
      if (!is(argument)) return;
      const what = handed(call, index);
      if (what === 'ends') uses.ends.push({ call, nested });
      else if (what !== 'looks' && !looks.test(callee)) {
        // What is made of it owns it: `new Stream(span)`, `newIterator(span)`, and what is returned.
        const owns =
          owned || what === 'keeps' || call.constructs || /^(?:new|New|create|make)[A-Z_]/.test(callee);
        (owns ? uses.escapes : uses.handed).push(argument.at);
      } else if (callee === 'use_span' && endsOnExit(call)) uses.ends.push({ call, nested });
    });
  };

  /** @param kept whether the value goes somewhere: returned, assigned, put into a list or an object */
  const read = (root: Expression, rootKept: boolean, nested: boolean, returned: boolean) => {
    const stack: { expression: Expression; kept: boolean }[] = [{ expression: root, kept: rootKept }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { expression, kept } = next;
      if (is(expression) && kept) uses.escapes.push(expression.at);
      // `span.end` handed over as a function, `span.spanContext` read.
      if (
        expression.type === 'reference' &&
        kept &&
        expression.path.startsWith(`${variable}.`) &&
        ending.test(expression.path.slice(variable.length + 1))
      )
        uses.escapes.push(expression.at);
      if (expression.type === 'call') readCall(expression, nested, returned);
      if (expression.type === 'function') {
        visitFunction(expression.function);
        continue;
      }
      const inner =
        expression.type === 'object' ||
        expression.type === 'list' ||
        expression.type === 'choice' ||
        (expression.type === 'operation' && /^(?:await|yield|\.\.\.|=|:=|,|<-)$/.test(expression.operator));
      for (const operand of operandsOf(expression)) {
        const isArgument = expression.type === 'call' && operand !== expression.receiver;
        stack.push({
          expression: operand,
          kept: inner
            ? kept || expression.type === 'operation' || expression.type !== 'choice'
            : isArgument && !is(operand),
        });
      }
    }
  };

  const visit = (statements: readonly Statement[], nested: boolean) => {
    const open = statements.map(statement => ({ statement, nested })).reverse();
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { statement } = next;
      const kept = statement.type === 'return' || statement.type === 'bind' || statement.type === 'throw';
      for (const expression of expressionsOf(statement)) {
        if (statement.type === 'with' && is(expression))
          uses.ends.push({ call: endOf(expression), nested: next.nested });
        else read(expression, kept, next.nested, statement.type === 'return');
      }
      if (statement.type === 'function') visitFunction(statement.function);
      if (statement.type === 'loop' && statement.variables.some(({ path }) => path === variable)) continue;
      for (const inner of bodiesOf(statement).toReversed())
        for (const each of visibleIn(inner).toReversed()) open.push({ statement: each, nested: next.nested });
    }
  };
  const visitFunction = (made: FunctionSyntax) => {
    const hidden = made.parameters.some(
      ({ name, fields }) => name === variable || [...fields.values()].includes(variable),
    );
    if (!hidden) visit(visibleIn(made.body), true);
  };
  /** Up to where a block gives the name to something of its own. */
  const visibleIn = (statements: readonly Statement[]) => {
    const hidden = statements.findIndex(
      each => each.type === 'bind' && each.declares && each.targets.some(({ path }) => path === variable),
    );
    return hidden < 0 ? statements : statements.slice(0, hidden);
  };
  visit(body, false);
  return uses;
}

/** `with span:` and `using (activity)`: what ends it is the scope. */
function endOf(expression: Expression): CallExpression {
  return {
    type: 'call',
    at: expression.at,
    calleeAt: expression.at,
    argumentsAt: undefined,
    callee: 'end',
    receiver: expression,
    arguments: [],
    named: new Map(),
    constructs: false,
    awaited: false,
    decorates: undefined,
    inFunction: undefined,
  };
}

/** Python's `use_span(span, end_on_exit=True)`. */
function endsOnExit(call: CallExpression): boolean {
  const value = call.named.get('end_on_exit') ?? call.arguments[1];
  return value?.type === 'constant' && value.value === true;
}

export function isEnding(callee: string): boolean {
  return ending.test(callee);
}

/** What functions of the file or the project do with a span that they are given. */
export function handedIn(file: FileFacts): Handed {
  return (call, argument) => {
    const own = file.names.functionCalled(call);
    if (own !== undefined) {
      const parameter = own.parameters[argument];
      if (parameter === undefined || parameter.name === '' || parameter.rest) return undefined;
      return parameterUse(own, parameter.name);
    }
    const split = /^([^#]+)#([\w$.]+)$/.exec(file.names.callee(call) ?? '');
    if (split === null) return undefined;
    const module = split[1] === 'global' && file.language === 'go' ? '.' : split[1];
    const summary = file.project.functionOf(file.path, module, split[2]);
    if (summary === undefined) return undefined;
    if (summary.endsParameters.includes(argument)) return 'ends';
    return summary.keepsParameters.includes(argument) ? 'keeps' : 'looks';
  };
}

/** What a function does with a parameter that is a span; what it hands on is kept. */
export function parameterUse(made: FunctionSyntax, name: string): 'ends' | 'keeps' | 'looks' {
  const uses = usesOfSpan(made.body, name, () => undefined);
  if (uses.ends.length > 0) return 'ends';
  return uses.escapes.length + uses.handed.length > 0 ? 'keeps' : 'looks';
}
