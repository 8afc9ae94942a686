import type { CallExpression, Expression } from './syntax.ts';

/** A call that another one has made for it, later or elsewhere: `run(job, span)` of `pool.submit(run, job, span)`. */
export interface LaterCall {
  readonly call: CallExpression;
  /** Index of the argument of the other one that is its first; -1: they are in a list of their own. */
  readonly from: number;
}

/** Python's functions that take a function and what it is to be given → index of the function. */
const takers: readonly { readonly callee: RegExp; readonly index: number }[] = [
  {
    callee: /^(?:partial|submit|to_thread|run_sync|call_soon(?:_threadsafe)?|start_soon|add_task|spawn)$/,
    index: 0,
  },
  { callee: /^(?:run_in_executor|call_later|call_at|spawn_later)$/, index: 1 },
];

const known = new WeakMap<CallExpression, LaterCall>();

/** Of Python: `Thread(target=run, args=(job, span))`, `loop.run_in_executor(None, run, job, span)`. */
export function calledLater(call: CallExpression): LaterCall | undefined {
  let later = known.get(call);
  if (later === undefined && (later = read(call)) !== undefined) known.set(call, later);
  return later;
}

function read(call: CallExpression): LaterCall | undefined {
  const { callee, arguments: given, named } = call;
  const target = named.get('target');
  const list = named.get('args');
  if (target !== undefined && list?.type === 'list') return later(call, target, list.values, -1);
  const index = takers.find(each => each.callee.test(callee))?.index;
  const made = index === undefined ? undefined : given[index];
  return index === undefined || made === undefined
    ? undefined
    : later(call, made, given.slice(index + 1), index + 1);
}

function later(
  call: CallExpression,
  made: Expression,
  given: readonly Expression[],
  from: number,
): LaterCall | undefined {
  if (made.type !== 'reference') return undefined;
  const { path, at } = made;
  const dot = path.lastIndexOf('.');
  const receiver: Expression | undefined =
    dot < 0 ? undefined : { type: 'reference', at, path: path.slice(0, dot) };
  const named = from < 0 ? new Map<string, Expression>() : call.named;
  return {
    call: { ...call, callee: path.slice(dot + 1), receiver, arguments: given, named, awaited: false },
    from,
  };
}
