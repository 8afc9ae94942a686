import type { Expression, FileSyntax, FunctionSyntax } from './syntax.ts';

/** What a parameter of a function value is given. */
export interface Given {
  readonly index: number;
  readonly result: Expression;
  /** The function that the result stands in. */
  readonly from: FunctionSyntax | undefined;
}

/** The functions of a script that are given to a call to get its result: by a promise, or after an error. */
export function givenFunctions({ language, calls }: FileSyntax): ReadonlyMap<FunctionSyntax, Given> {
  const given = new Map<FunctionSyntax, Given>();
  if (language !== 'javascript' && language !== 'typescript' && language !== 'tsx') return given;
  for (const call of calls) {
    const { callee, receiver, inFunction: from } = call;
    const last = call.arguments.at(-1);
    if (callee === 'then') {
      const [first] = call.arguments;
      if (first?.type === 'function' && receiver !== undefined)
        given.set(first.function, { index: 0, result: receiver, from });
    } else if (last?.type === 'function' && isError(last.function.parameters[0]?.name))
      given.set(last.function, { index: 1, result: call, from });
  }
  return given;
}

function isError(name: string | undefined): boolean {
  return name !== undefined && /^_*(?:e|err|error)?\d*$/i.test(name) && name !== '';
}
