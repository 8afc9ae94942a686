import type { FileFacts } from '../fileFacts.ts';
import { spanStarts } from '../spans/spanStarts.ts';
import type { CallExpression, Extent, FunctionSyntax } from '../syntax.ts';
import { contains, enclosing, within } from '../walk.ts';

/** Work that is given to another thread inside a span. */
export interface ThreadDrop {
  readonly call: CallExpression;
  /** The function that runs there, where another can be put in front of it; not so for `Thread(target=…)`. */
  readonly target: Extent | undefined;
}

/** Calls that run their function in another thread, without the context; `asyncio.to_thread` takes it along. */
export function threadDrops(file: FileFacts): readonly ThreadDrop[] {
  const scopes = file
    .get(spanStarts)
    .flatMap(({ form, statement, call }) =>
      form === 'scoped' && statement?.type === 'with' ? [{ at: statement.at, in: call.inFunction }] : [],
    );
  const decorated = new Set(
    file.get(spanStarts).flatMap(({ call }) => (call.decorates === undefined ? [] : [call.calleeAt.start])),
  );
  return file.syntax.calls.flatMap(call => {
    const target = targetOf(file, call);
    if (target === undefined || takesContext(target.at.text)) return [];
    const inSpan =
      scopes.some(scope => contains(scope.at, call.at) && scope.in === call.inFunction) ||
      [...enclosing(call.inFunction)].some(each => isDecorated(each, decorated));
    return inSpan
      ? [{ call, target: call.named.size > 0 && call.callee === 'Thread' ? undefined : target.at }]
      : [];
  });
}

function targetOf(file: FileFacts, call: CallExpression): CallExpression['arguments'][number] | undefined {
  const name = file.names.callee(call) ?? '';
  switch (call.callee) {
    case 'submit':
      return isPool(file, call) ? call.arguments[0] : undefined;
    case 'run_in_executor':
      return call.arguments[1];
    case 'Thread':
      return name === 'threading.Thread' ? call.named.get('target') : undefined;
    default:
      return undefined;
  }
}

function isPool(file: FileFacts, { receiver, inFunction }: CallExpression): boolean {
  if (receiver === undefined) return false;
  const name = file.names.qualified(receiver, inFunction);
  if (name !== undefined && !name.startsWith('global#')) return /ThreadPoolExecutor\(\)$/.test(name);
  return receiver.type === 'reference' && /(?:^|[._])(?:thread_?)?(?:pool|executor)$/i.test(receiver.path);
}

/** `contextvars.copy_context().run`, or a wrapper that says so. */
function takesContext(text: string): boolean {
  return /copy_context|\bctx\.run\b|context\.run\b|with_context|propagat|attach|wrap/i.test(text);
}

function isDecorated({ decorators }: FunctionSyntax, starts: ReadonlySet<number>): boolean {
  return decorators.some(decorator =>
    [...within(decorator)].some(each => each.type === 'call' && starts.has(each.calleeAt.start)),
  );
}
