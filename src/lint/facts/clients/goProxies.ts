import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression, Expression, ObjectExpression, Place } from '../syntax.ts';
import { contains, statementsIn } from '../walk.ts';

/** `proxy := &httputil.ReverseProxy{…}` */
export interface WrittenProxy {
  readonly written: ObjectExpression;
  /** The variable that it is made into, if any. */
  readonly path: string | undefined;
  /** The fields of structs that hold it. */
  readonly fields: readonly string[];
}

const proxy = 'net/http/httputil#ReverseProxy()';
const written = /^(?:\w+\.)?ReverseProxy$/;

/**
 * Of Go: a proxy that is written out, as a call that makes it. It is told of there, because it is called by servers and
 * routers more often than by the program.
 */
export function proxyMade(file: FileFacts, object: ObjectExpression): CallExpression | undefined {
  if (object.typeName === undefined || !written.test(object.typeName)) return undefined;
  const inFunction = file.syntax.functions.findLast(made => contains(made.bodyAt, object.at));
  if (file.names.qualified(object, inFunction) !== proxy) return undefined;
  return {
    type: 'call',
    at: object.at,
    calleeAt: head(object.at, object.typeName),
    argumentsAt: undefined,
    callee: 'ReverseProxy',
    receiver: undefined,
    arguments: [object],
    named: new Map(),
    constructs: true,
    awaited: false,
    decorates: undefined,
    inFunction,
  };
}

/** The type's name, wherever the literal moves. */
function head(at: Place, text: string): Place {
  return {
    get start() {
      return at.start;
    },
    get end() {
      return at.start + text.length;
    },
    text,
  };
}

/** What such a call makes, and where it is kept. */
export function writtenProxy(
  file: FileFacts,
  { arguments: [made], inFunction }: CallExpression,
): WrittenProxy | undefined {
  if (made?.type !== 'object') return undefined;
  const path = [...statementsIn(inFunction?.body ?? file.syntax.body)]
    .flatMap(each => (each.type === 'bind' && each.targets.length === 1 ? each : []))
    .find(({ values: [value] }) => value === made)?.targets[0]?.path;
  const isHeld = (value: Expression) =>
    value === made || (path !== undefined && value.type === 'reference' && value.path === path);
  const fields = file.syntax.objects.flatMap(({ entries }) =>
    entries.flatMap(({ key, value }) => (key !== undefined && isHeld(value) ? key : [])),
  );
  return { written: made, path, fields };
}
