import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { spanStarts } from '../spans/spanStarts.ts';
import type { CallExpression, Expression, FunctionSyntax } from '../syntax.ts';
import { contains } from '../walk.ts';

/** Work that is given to another thread while a span is current, and starts spans there. */
export interface TaskDrop {
  readonly call: CallExpression;
  readonly task: Expression;
  /** The executor is made in this file, and nothing wraps it. */
  readonly certain: boolean;
  /** Method of the context that wraps such a task; undefined where it cannot be told which. */
  readonly wrap: 'wrap' | 'wrapSupplier' | undefined;
}

/** Executors, as names.ts writes what they are made by, or their types. */
const executors =
  /(?:^|[.#])(?:Executors\.new\w+\(\)|(?:Scheduled)?ExecutorService\(\)|Executor\(\)|ThreadPoolExecutor\(\)|ForkJoinPool(?:\.commonPool)?\(\)|(?:ThreadPool|Async)?TaskExecutor\(\))\.(?:submit|execute|schedule)$/;
const futures = /(?:^|[.#])CompletableFuture\.(?:supplyAsync|runAsync)$/;
/** A program that wraps one executor may wrap any that is given to a class. */
const wraps = /taskWrapping|currentContextExecutor|ContextPropagatingTaskDecorator|ContextExecutorService/;

/** Executors of Java run a task without the context of who gave it to them. */
export function taskDrops(file: FileFacts): readonly TaskDrop[] {
  if (file.language !== 'java' || !file.importsOpenTelemetry || wraps.test(file.syntax.source)) return [];
  return file.syntax.calls.flatMap(call => {
    if (!/^(?:submit|execute|schedule|supplyAsync|runAsync)$/.test(call.callee)) return [];
    const [task] = call.arguments;
    const name = file.names.callee(call) ?? '';
    const isFuture = futures.test(name);
    if (task === undefined || !(isFuture || executors.test(name))) return [];
    if (!hasCurrentSpan(call) || !startsSpan(file, task, call.inFunction)) return [];
    const certain = isFuture ? call.arguments.length === 1 : isMadeHere(file, call);
    return [{ call, task, certain, wrap: wrapOf(call, task) }];
  });
}

/** `try (Scope scope = span.makeCurrent()) { … }` around it, or a method with `@WithSpan`. */
function hasCurrentSpan({ inFunction, at }: CallExpression): boolean {
  if (inFunction === undefined) return false;
  if (inFunction.decorators.some(each => /\bWithSpan\b/.test(each.at.text))) return true;
  for (const statement of statementsAround(inFunction.body, at))
    if (
      statement.type === 'with' &&
      statement.items.some(({ value }) => value.type === 'call' && value.callee === 'makeCurrent')
    )
      return true;
  return false;
}

/** Itself or in a method of this file that it calls, without a parent that it is given. */
function startsSpan(file: FileFacts, task: Expression, from: FunctionSyntax | undefined): boolean {
  if (task.type === 'reference') {
    const method = /^(?:this\.)(\w+)$/.exec(task.path)?.[1];
    const own = file.syntax.functions.find(
      each => each.name === method && each.className === from?.className,
    );
    return own !== undefined && startsIn(file, own);
  }
  if (task.type !== 'function') return false;
  if (startsIn(file, task.function)) return true;
  if (takesContext(file, task.function)) return false;
  return file.syntax.calls.some(call => {
    if (!contains(task.at, call.at)) return false;
    const own = file.names.functionCalled(call);
    return own !== undefined && !contains(own.at, call.at) && startsIn(file, own);
  });
}

function startsIn(file: FileFacts, made: FunctionSyntax): boolean {
  return !takesContext(file, made) && file.get(spanStarts).some(({ call }) => contains(made.bodyAt, call.at));
}

/** `parent.makeCurrent()`, `setParent(parent)`: only a span may be made current there. */
function takesContext(file: FileFacts, { bodyAt, parameters }: FunctionSyntax): boolean {
  if (parameters.some(({ typeName }) => /\bContext$/.test(typeName ?? ''))) return true;
  return file.syntax.calls.some(call => {
    if (!contains(bodyAt, call.at)) return false;
    if (/^(?:setParent|setNoParent|addLink|extract|wrap\w*)$/.test(call.callee)) return true;
    if (call.callee !== 'makeCurrent' || call.receiver === undefined) return false;
    const name = file.names.qualified(call.receiver, call.inFunction) ?? '';
    return !/(?:startSpan|Span)\(\)$/.test(name);
  });
}

/** `Executors.newFixedThreadPool(4)`, in this file and for this call only. */
function isMadeHere(file: FileFacts, { receiver, inFunction }: CallExpression): boolean {
  if (receiver === undefined) return false;
  const value = file.names.resolve(receiver, inFunction);
  return (
    value.type === 'call' &&
    (/^new(?:Fixed|Cached|Single|Scheduled|Work|Virtual)\w+$/.test(value.callee) ||
      (value.constructs && value.callee === 'ThreadPoolExecutor'))
  );
}

/** A lambda whose body is an expression may be either kind of task. */
function wrapOf({ callee }: CallExpression, task: Expression): TaskDrop['wrap'] {
  if (task.type !== 'function' || task.function.parameters.length > 0) return undefined;
  if (callee === 'supplyAsync') return 'wrapSupplier';
  const isBlock = task.function.bodyAt.text.startsWith('{');
  return isBlock || callee === 'submit' || callee === 'schedule' ? 'wrap' : undefined;
}
