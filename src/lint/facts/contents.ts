import { type CallExpression, type Expression, type FunctionSyntax, staticText } from './syntax.ts';
import { expressionsOf, statementsIn, within } from './walk.ts';

/** What an expression is made of, the bodies of its function values included. */
export interface Contents {
  /** Chains of names, each once. */
  readonly paths: readonly string[];
  readonly calls: readonly CallExpression[];
  readonly functions: readonly FunctionSyntax[];
  /** Of objects and of pairs, `("traceparent", value)`, each once. */
  readonly keys: readonly string[];
}

const known = new WeakMap<Expression, Contents>();

/** By syntax alone: it holds as long as the syntax is kept, over many versions of a document. */
export function contentsOf(expression: Expression): Contents {
  let contents = known.get(expression);
  if (contents === undefined) known.set(expression, (contents = read(expression)));
  return contents;
}

function read(expression: Expression): Contents {
  const paths = new Set<string>();
  const keys = new Set<string>();
  const calls: CallExpression[] = [];
  const functions: FunctionSyntax[] = [];
  // Functions lie in functions: what was read of one is taken over.
  const take = (inner: Contents) => {
    for (const path of inner.paths) paths.add(path);
    for (const call of inner.calls) calls.push(call);
    for (const made of inner.functions) functions.push(made);
    for (const key of inner.keys) keys.add(key);
  };
  for (const each of within(expression))
    if (each.type === 'reference') paths.add(each.path);
    else if (each.type === 'call') calls.push(each);
    else if (each.type === 'object') {
      for (const { key } of each.entries) if (key !== undefined) keys.add(key);
    } else if (each.type === 'list') {
      const key = each.values.length === 2 ? staticText(each.values[0]) : undefined;
      if (key !== undefined) keys.add(key);
    } else if (each.type === 'function' && each !== expression) take(contentsOf(each));
    else if (each.type === 'function') {
      functions.push(each.function);
      for (const statement of statementsIn(each.function.body, true))
        for (const inner of expressionsOf(statement)) take(read(inner));
    }
  return { paths: [...paths], calls, functions, keys: [...keys] };
}
