import type { FileFacts } from './fileFacts.ts';
import type { Expression, FunctionSyntax } from './syntax.ts';

/** The function that is written there, or one that is named. */
export function functionGiven(
  file: FileFacts,
  expression: Expression,
  from: FunctionSyntax | undefined,
): FunctionSyntax | undefined {
  const value = file.names.resolve(expression, from);
  if (value.type === 'function') return value.function;
  if (value.type !== 'reference') return undefined;
  const [definition, ...others] = file.names.definitions(value.path, from, value.at);
  return definition?.kind === 'function' && others.length === 0 ? definition.function : undefined;
}
