import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { isReferenceTo } from '../references.ts';
import type { CallExpression, Expression, Extent, FunctionSyntax, Statement, SyntaxUnit } from '../syntax.ts';
import { bodiesOf, contains, expressionsIn, expressionsOf, statementsIn, within } from '../walk.ts';
import { livesIn } from './spanLives.ts';
import { givenToTell, overIn } from './spanOutcome.ts';
import { type SpanStart, startsIn } from './spanStarts.ts';
import { handedIn, type SpanUses, usesOfSpan } from './spanUses.ts';

/** A span and the statements in which it can be told that the work failed. */
export interface HeldSpan {
  readonly start: SpanStart;
  readonly variable: string;
  readonly region: readonly Statement[];
  readonly uses: SpanUses;
}

/** A place where an error leaves the work that a span measures. */
export interface ErrorExit {
  readonly span: HeldSpan;
  /** `return err`, `throw e`, `raise`. */
  readonly statement: Statement;
  /** The variable that holds the error, if there is one. */
  readonly error: string | undefined;
  /** What records the error on the span, on the way to the exit. */
  readonly recorded: CallExpression | undefined;
  readonly recordedBy: Statement | undefined;
}

/** An error that is recorded and does not leave. */
export interface HandledError {
  readonly span: HeldSpan;
  readonly recorded: CallExpression;
}

export interface SpanErrors {
  /** Those on which nothing sets the status of the span. */
  readonly exits: readonly ErrorExit[];
  readonly handled: readonly HandledError[];
}

/** Errors that pass the spans which the file starts, as far as nothing else sets their status. */
export function spanErrors(file: FileFacts): SpanErrors {
  const found = file.ofUnits(errorsIn).flat();
  return {
    exits: found.flatMap(({ exits }) => exits),
    handled: found.flatMap(({ handled }) => handled),
  };
}

function errorsIn(file: FileFacts, unit: SyntaxUnit): readonly SpanErrors[] {
  return heldIn(file, unit).map(span => new Reader(file, span).read());
}

/** Spans in a variable that do not get their status by themselves, as those of Python's `with` do. */
function heldIn(file: FileFacts, unit: SyntaxUnit): readonly HeldSpan[] {
  const scoped = file.ofUnit(startsIn, unit).flatMap((start): HeldSpan[] => {
    const { form, variable, statement } = start;
    if (form !== 'scoped' || variable === undefined || statement?.type !== 'with') return [];
    if (file.language === 'python' && !leavesStatus(start)) return [];
    return [
      {
        start,
        variable,
        region: statement.body,
        uses: usesOfSpan(statement.body, variable, handedIn(file)),
      },
    ];
  });
  // A handle may tell of an error in its own way.
  const held = file
    .ofUnit(livesIn, unit)
    .filter(({ escapes, start }) => !escapes && start.form !== 'scoped' && start.isHandle !== true);
  return [...held, ...scoped];
}

/** `set_status_on_exception=False`. */
function leavesStatus({ call }: SpanStart): boolean {
  const value = call.named.get('set_status_on_exception');
  return value?.type === 'constant' && value.value === false;
}

const activatesByUse = /\buse_span\b/;

/** Statements that know of an error: the body of a handler, or what follows `if err != nil`. */
interface Branch {
  readonly statements: readonly Statement[];
  readonly error: string | undefined;
  /** That error is no failure of the work. */
  readonly refused?: boolean;
}

interface Place {
  readonly statements: readonly Statement[];
  /** Inner first. */
  readonly branches: readonly Branch[];
  /** What an error that is thrown here reaches is a handler of the region. */
  readonly caught: boolean;
  /** Run whatever way they leave. */
  readonly finals: readonly (readonly Statement[])[];
}

const sentinel =
  /errors\.(?:Is|As)\b|\bEOF\b|ErrNoRows|Cancel|DeadlineExceeded|[nN]ot_?[fF]ound|NotExist|AlreadyExists|ErrServerClosed/;
/** What tells a caller that it asked for the wrong thing: the work itself did not fail. */
const refusal =
  /NotFound|BadRequest|Unauthori[sz]ed|Forbidden|Validation|Conflict|Redirect|redirect|Abort|Cancel|StopIteration|HttpException|HTTPException|HttpError|ApiError|HttpsError/;

/** Go: statuses of gRPC and HTTP that are no errors of a server. */
const refusedByCode =
  /\bcodes\.(?:InvalidArgument|PermissionDenied|Unauthenticated|FailedPrecondition|OutOfRange|Aborted|ResourceExhausted)\b|\bStatus(?:BadRequest|Unauthorized|Forbidden|Conflict|UnprocessableEntity|TooManyRequests)\b/;

/** Go: what is wrong is what came in. */
const validates = /\berr\w*\s*:?=\s*(?:\w+\.)*[vV]alidate\w*\(/;

class Reader {
  readonly #file: FileFacts;
  readonly #span: HeldSpan;
  readonly #exits: ErrorExit[] = [];
  readonly #handled: HandledError[] = [];
  /** Where the status is set, or may be by what gets the span or the error. */
  readonly #marks: readonly Extent[];
  /** Where it is said to be no error. */
  readonly #denied: readonly Extent[];
  readonly #over: readonly Extent[];

  constructor(file: FileFacts, span: HeldSpan) {
    this.#file = file;
    this.#span = span;
    const { statuses, others, handed, escapes, ends } = span.uses;
    this.#denied = statuses.filter(({ call }) => !setsError(call)).map(({ call }) => call.at);
    this.#marks = [
      ...statuses.filter(({ call }) => setsError(call)).map(({ call }) => call.at),
      ...others.filter(({ call }) => ofErrors.test(call.callee)).map(({ call }) => call.at),
      ...handed.map(({ at }) => at),
      ...escapes.map(({ at }) => at),
      ...ends.filter(({ call }) => !isOn(call, span.variable)).map(({ call }) => call.at),
      ...givenToTell(file, span.region, span.variable),
    ];
    this.#over = overIn(span.region, span.uses.ends);
  }

  read(): SpanErrors {
    const { region, uses } = this.#span;
    const callbacks = catchCallbacks(region);
    // Set in a function that is deferred or called from elsewhere: for which errors is not to be seen here.
    const elsewhere = uses.statuses.some(
      ({ call, within: inside }) =>
        inside !== undefined && !callbacks.some(each => contains(each.bodyAt, call.at)),
    );
    const deferred = this.#marks.some(mark =>
      [...statementsAround(region, mark)].some(({ type }) => type === 'defer'),
    );
    if (elsewhere || deferred || this.#setsItself()) return { exits: [], handled: [] };
    this.#walk({ statements: region, branches: [], caught: false, finals: [] });
    for (const { body, parameters } of callbacks) {
      const branch = { statements: body, error: parameters[0]?.name || undefined };
      this.#walk({ statements: body, branches: [branch], caught: false, finals: [] });
      this.#judge(branch, []);
    }
    return {
      exits: this.#exits.sort((a, b) => a.statement.at.start - b.statement.at.start),
      handled: this.#handled.sort((a, b) => a.recorded.at.start - b.recorded.at.start),
    };
  }

  /** Python's `with use_span(span)` and `with span` set the status by themselves. */
  #setsItself(): boolean {
    if (this.#file.language !== 'python') return false;
    const { region, variable, uses } = this.#span;
    const isEntered = uses.ends.some(
      ({ statement }) =>
        statement.type === 'with' && statement.items.some(({ value }) => isReferenceTo(value, variable)),
    );
    if (isEntered) return true;
    if (!this.#file.says(activatesByUse)) return false;
    return [...expressionsIn(region, true)].some(each => each.type === 'call' && each.callee === 'use_span');
  }

  #walk(from: Place): void {
    const open: Place[] = [from];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const statement of turns(next.statements)) {
        if (statement.type === 'return' || statement.type === 'throw') this.#exit(statement, next);
        open.push(...this.#inside(statement, next));
      }
    }
  }

  #inside(statement: Statement, around: Place): Place[] {
    if (statement.type === 'try') {
      const { body, handlers, otherwise, finally: last } = statement;
      const finals = last === undefined ? around.finals : [last, ...around.finals];
      const caught = around.caught || handlers.length > 0;
      const places: Place[] = [
        { ...around, statements: body, caught, finals },
        { ...around, statements: otherwise ?? [], finals },
        { ...around, statements: last ?? [] },
      ];
      for (const handler of handlers) {
        const refused = refusal.test(handler.types.join(' '));
        const branch = { statements: handler.body, error: handler.name || undefined, refused };
        places.push({
          statements: handler.body,
          branches: [branch, ...around.branches],
          caught: around.caught,
          finals,
        });
        if (!refused) this.#judge(branch, finals);
      }
      return places;
    }
    if (statement.type === 'if' && this.#file.language === 'go') {
      const { condition, then, otherwise } = statement;
      const error = errorChecked(condition);
      const refused = sentinel.test(condition.at.text) && !condition.at.text.includes('!');
      const branch =
        error !== undefined
          ? { statements: then, error, refused: this.#isValidated(statement) }
          : refused
            ? { statements: then, error, refused }
            : undefined;
      if (error !== undefined && branch?.refused === false) this.#judge(branch, around.finals);
      return [
        {
          ...around,
          statements: then,
          branches: branch === undefined ? around.branches : [branch, ...around.branches],
        },
        { ...around, statements: otherwise ?? [] },
      ];
    }
    return bodiesOf(statement).map(statements => ({ ...around, statements }));
  }

  /** Go: `if err := order.Validate(); err != nil`, or with the call in the line above. */
  #isValidated({ at, condition }: Statement & { type: 'if' }): boolean {
    const { source } = this.#file.syntax;
    const above = source.lastIndexOf('\n', source.lastIndexOf('\n', at.start - 1) - 1);
    return validates.test(source.slice(above + 1, condition.at.start));
  }

  #exit(statement: Statement & { type: 'return' | 'throw' }, around: Place): void {
    const [branch] = around.branches;
    if (branch?.refused === true) return;
    const error = branch?.error;
    if (statement.type === 'throw') {
      if (around.caught || this.#file.language === 'go') return;
      if (statement.value?.type === 'call' && refusal.test(statement.value.callee)) return;
    } else if (!this.#returnsError(statement, error)) return;
    if (branch !== undefined && this.#isDenied(branch.statements, statement.at)) return;
    const known = branch === undefined ? [around.statements] : around.branches.map(each => each.statements);
    if (this.#isSet(known, statement.at) || this.#isSet(around.finals, undefined)) return;
    const { start } = this.#span;
    if (start.binding !== undefined && statement.at.start < start.binding.at.end) return;
    // What happens on after an end in the same block is still about the work.
    const [first] = branch?.statements ?? around.statements;
    if (this.#over.some(each => contains(each, first.at))) return;
    const recorded = this.#recordedIn(known, statement.at);
    this.#exits.push({
      span: this.#span,
      statement,
      error,
      recorded,
      recordedBy: recorded === undefined ? undefined : statementIn(known, recorded),
    });
  }

  /** Go: the last result is the error that was checked, or is made of it. */
  #returnsError({ values }: Statement & { type: 'return' }, error: string | undefined): boolean {
    const last = values.at(-1);
    if (this.#file.language !== 'go' || last === undefined || error === undefined) return false;
    if (last.type === 'constant' || sentinel.test(last.at.text) || refusedByCode.test(last.at.text))
      return false;
    return [...within(last)].some(each => each.type === 'reference' && each.path.split('.')[0] === error);
  }

  /** What a branch that does not pass the error on has recorded. */
  #judge({ statements, error }: Branch, finals: readonly (readonly Statement[])[]): void {
    if (this.#span.uses.exceptions.length === 0) return;
    const leaves = [...statementsIn(statements)].some(
      each =>
        each.type === 'throw' ||
        (each.type === 'return' &&
          each.values.some(value => [...within(value)].some(inner => isReferenceTo(inner, error)))) ||
        // `reject(e)`, `next(e)`, `callback(e)`.
        (each.type === 'expression' && passesOn(each.expression, error)),
    );
    if (leaves || this.#isSet([statements, ...finals], undefined)) return;
    const recorded = this.#recordedIn([statements], undefined);
    if (recorded !== undefined) this.#handled.push({ span: this.#span, recorded });
  }

  #isSet(lists: readonly (readonly Statement[])[], before: Extent | undefined): boolean {
    return lists.some(list => {
      const extent = extentOf(list);
      if (extent === undefined) return false;
      const isBefore = (at: Extent) => before === undefined || at.start < before.end;
      if (this.#marks.some(mark => contains(extent, mark) && isBefore(mark))) return true;
      return list.some(statement => isBefore(statement.at) && tellsOfError(statement, this.#span.variable));
    });
  }

  /** `catch (OperationCanceledException) { activity.SetStatus(ActivityStatusCode.Ok); throw; }` */
  #isDenied(statements: readonly Statement[], before: Extent): boolean {
    const extent = extentOf(statements);
    return (
      extent !== undefined && this.#denied.some(each => contains(extent, each) && each.start < before.start)
    );
  }

  #recordedIn(
    lists: readonly (readonly Statement[])[],
    before: Extent | undefined,
  ): CallExpression | undefined {
    return this.#span.uses.exceptions.find(({ call }) =>
      lists.some(list => {
        const extent = extentOf(list);
        return (
          extent !== undefined &&
          contains(extent, call.at) &&
          (before === undefined || call.at.start < before.start)
        );
      }),
    )?.call;
  }
}

/** Kept as long as the syntax is, for all spans of a block. */
const turning = new WeakMap<readonly Statement[], readonly Statement[]>();

/** The statements of a block that leave it or have others inside. */
function turns(statements: readonly Statement[]): readonly Statement[] {
  let found = turning.get(statements);
  if (found === undefined) {
    found = statements.filter(
      each => each.type === 'return' || each.type === 'throw' || bodiesOf(each).length > 0,
    );
    turning.set(statements, found);
  }
  return found;
}

/** `tracing.SetError(ctx, err)`, `this.fail(error)`: by its name it may set the status of the span that is active. */
function tellsOfError(statement: Statement, variable: string): boolean {
  for (const expression of expressionsOf(statement))
    for (const each of within(expression))
      if (
        each.type === 'call' &&
        !isOn(each, variable) &&
        /(?:span|trac|otel|telemetry).*(?:err|fail|status|exception)|(?:err|fail|status|exception).*(?:span|trac|otel|telemetry)|^(?:set|mark|record|handle|report)_?(?:Span)?_?(?:Error|Status|Exception|Failure|Failed)|setError/i.test(
          `${each.receiver?.type === 'reference' ? each.receiver.path : ''}.${each.callee}`.replace(
            /^(?:this|self)?\./,
            '',
          ),
        )
      )
        return true;
  return false;
}

function isOn({ receiver }: CallExpression, variable: string): boolean {
  return isReferenceTo(receiver, variable);
}

/** `activity.SetExceptionTags(e)`, `span.fail(e)`: a method that the interface of a span does not have. */
const ofErrors = /err|fail|exception|status/i;

/** A status that is not known to be another than an error. */
function setsError(call: CallExpression): boolean {
  const text = call.argumentsAt?.text ?? '';
  return /err|fail|2/i.test(text) || !/\bOk\b|\bOK\b|\bUNSET\b|\bUnset\b/.test(text);
}

/** Go's `err != nil`, alone or with more that is asked; undefined where it is about an error that is none. */
function errorChecked(condition: Expression): string | undefined {
  if (sentinel.test(condition.at.text)) return undefined;
  for (const each of within(condition)) {
    if (each.type !== 'operation' || each.operator !== '!=' || each.operands.length !== 2) continue;
    const [left, right] = each.operands;
    if (left.type === 'reference' && /err(?:or)?\d*$/i.test(left.path) && right.type === 'constant')
      return left.path;
  }
  return undefined;
}

function passesOn(expression: Expression, error: string | undefined): boolean {
  return (
    expression.type === 'call' &&
    /^(?:reject|next|done|cb|callback|error|fail|abort|exit)$/i.test(expression.callee) &&
    (error === undefined || expression.arguments.some(each => isReferenceTo(each, error)))
  );
}

const catchers = new WeakMap<readonly Statement[], readonly FunctionSyntax[]>();

/** The functions that are given to `.catch(…)`, and second to `.then(…, …)`. */
function catchCallbacks(region: readonly Statement[]): readonly FunctionSyntax[] {
  const known = catchers.get(region);
  if (known !== undefined) return known;
  const found: FunctionSyntax[] = [];
  for (const each of expressionsIn(region)) {
    if (each.type !== 'call') continue;
    const argument =
      each.callee === 'catch' ? each.arguments[0] : each.callee === 'then' ? each.arguments[1] : undefined;
    if (argument?.type === 'function') found.push(argument.function);
  }
  catchers.set(region, found);
  return found;
}

function statementIn(lists: readonly (readonly Statement[])[], call: CallExpression): Statement | undefined {
  for (const list of lists)
    for (const statement of statementsIn(list))
      if (statement.type === 'expression' && statement.expression === call) return statement;
  return undefined;
}

function extentOf(statements: readonly Statement[]): Extent | undefined {
  const last = statements.at(-1);
  return last === undefined ? undefined : { start: statements[0].at.start, end: last.at.end };
}
