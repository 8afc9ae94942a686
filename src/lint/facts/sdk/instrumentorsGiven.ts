import type { FileFacts } from '../fileFacts.ts';
import { type Expression, type Extent, type FunctionSyntax, staticText } from '../syntax.ts';
import { expressionsIn, statementsIn } from '../walk.ts';

/** An instrumentor of Python that something else registers. */
export interface GivenInstrumentor {
  readonly name: string;
  readonly at: Extent;
  readonly inFunction: FunctionSyntax | undefined;
}

/** Without it the name of a class is a word. */
const loads = /\bimport_module\b|\b__import__\b|\bimport_string\b/;
const instrumentor = /(?:^|[.:])(\w+Instrumentor(?:Client|Server)?)$/;

/**
 * Python: the instrumentors, their classes and the names of these that a file puts into a list, returns or gives to a
 * function: whoever goes through the list, or gets them, registers them.
 */
export function instrumentorsGiven(file: FileFacts): readonly GivenInstrumentor[] {
  const { language, syntax } = file;
  if (language !== 'python' || !syntax.source.includes('Instrumentor')) return [];
  return [undefined, ...syntax.functions].flatMap(inFunction => {
    const body = inFunction?.body ?? syntax.body;
    const returned = statementsIn(body).flatMap(each => (each.type === 'return' ? each.values : []));
    const given = [...expressionsIn(body)].flatMap(partsOf);
    return [...returned, ...given].flatMap(each => {
      const name = nameOf(file, each, inFunction);
      return name === undefined ? [] : [{ name, at: each.at, inFunction }];
    });
  });
}

/** Python: `class QuietRequests(RequestsInstrumentor)` registers what its base does, wherever and under whatever name it is. */
export function instrumentorsDerived({
  language,
  syntax,
}: FileFacts): readonly Pick<GivenInstrumentor, 'name' | 'at'>[] {
  if (language !== 'python' || !syntax.source.includes('Instrumentor')) return [];
  return syntax.classes.flatMap(({ bases, at }) =>
    bases.flatMap(base => {
      const name = instrumentor.exec(base)?.[1];
      return name === undefined || name === 'BaseInstrumentor' ? [] : [{ name, at }];
    }),
  );
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case 'list':
      return expression.values;
    case 'object':
      return expression.entries.map(({ value }) => value);
    case 'call':
      return [...expression.arguments, ...expression.named.values()];
    default:
      return [];
  }
}

function nameOf(file: FileFacts, given: Expression, from: FunctionSyntax | undefined): string | undefined {
  const name =
    given.type === 'call'
      ? file.names.callee(given)
      : given.type === 'reference'
        ? file.names.qualified(given, from)
        : file.says(loads)
          ? staticText(given)
          : undefined;
  return instrumentor.exec(name?.replace(/\(\)$/, '') ?? '')?.[1];
}
