import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression, Expression, FunctionSyntax, ObjectExpression } from '../syntax.ts';

/** `proxy := &httputil.ReverseProxy{…}` */
export interface WrittenProxy {
  readonly written: ObjectExpression;
  /** The variable that it is made into, if any. */
  readonly path: string | undefined;
  /** The field that it is called by. */
  readonly field: string | undefined;
  readonly inFunction: FunctionSyntax | undefined;
}

const proxy = 'net/http/httputil#ReverseProxy()';

/** Of Go: the proxies written out in the file that `ServeHTTP` is called on: a variable's, or those in a field of its structs. */
export function proxiesCalled(
  file: FileFacts,
  { receiver, inFunction }: CallExpression,
): readonly WrittenProxy[] {
  if (receiver === undefined) return [];
  const own = writtenProxy(file, receiver, inFunction, undefined);
  if (own !== undefined) return [own];
  const [, field] = /\.(\w+)$/.exec(receiver.type === 'reference' ? receiver.path : '') ?? [];
  if (field === undefined) return [];
  const given = file.syntax.classes
    .flatMap(({ name }) => file.names.scopes.field(name, field))
    .filter(each => each.kind !== 'value' || each.value !== undefined);
  const found = given.flatMap(each =>
    each.kind !== 'value' || each.value === undefined
      ? []
      : (writtenProxy(file, each.value, each.inFunction, field) ?? []),
  );
  return found.length === given.length ? found : [];
}

function writtenProxy(
  file: FileFacts,
  expression: Expression,
  inFunction: FunctionSyntax | undefined,
  field: string | undefined,
): WrittenProxy | undefined {
  const written = file.names.resolve(expression, inFunction);
  if (written.type !== 'object' || file.names.qualified(written, inFunction) !== proxy) return undefined;
  return { written, path: expression.type === 'reference' ? expression.path : undefined, field, inFunction };
}
