import { calledLater } from '../calledLater.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioning } from '../mentions.ts';
import { projectFunction } from '../projectFunctions.ts';
import { isReferenceTo } from '../references.ts';
import type {
  CallExpression,
  Expression,
  FunctionSyntax,
  ObjectExpression,
  OperationExpression,
  Place,
  Statement,
} from '../syntax.ts';
import { bodiesOf, enclosing, expressionsOf, operandsOf } from '../walk.ts';
import { partsTaken, spansInside } from './spanParts.ts';

/** Variables, parameters and properties that are spans by their name. */
export const isCalledSpan = /(?:^|_)span$|Span$/;

/** What is done with a variable that holds a span, within a block and the functions inside it. */
export interface SpanUses {
  /** Calls of `end`, `End`, `Dispose`, `Stop` on it. */
  readonly ends: readonly SpanUse[];
  readonly statuses: readonly SpanUse[];
  /** `recordException`, `RecordError`, `record_exception`, `AddException`. */
  readonly exceptions: readonly SpanUse[];
  /** All other methods called on it. */
  readonly others: readonly SpanUse[];
  /** It is returned, stored, or made part of something: somebody else has it now. */
  readonly escapes: readonly SpanPlace[];
  /** It is an argument of a call that may end it. */
  readonly handed: readonly (SpanPlace & { readonly call: CallExpression })[];
}

/** Whether it is ended, or goes to somebody who may end it. */
export function mayBeEnded({ ends, escapes, handed }: SpanUses): boolean {
  return ends.length + escapes.length + handed.length > 0;
}

/** What is done with a span under two names. */
export function joinedUses(some: SpanUses, others: SpanUses): SpanUses {
  return {
    ends: [...some.ends, ...others.ends],
    statuses: [...some.statuses, ...others.statuses],
    exceptions: [...some.exceptions, ...others.exceptions],
    others: [...some.others, ...others.others],
    escapes: [...some.escapes, ...others.escapes],
    handed: [...some.handed, ...others.handed],
  };
}

export interface SpanUse {
  readonly call: CallExpression;
  /** The statement of the block, or of a block inside it, that it stands in. */
  readonly statement: Statement;
  /** The outermost of the functions inside the block that it stands in. */
  readonly within: FunctionSyntax | undefined;
}

/** Python: what only spans of OpenTelemetry have: `span.set_attribute(…)`. */
export function writesToSpan({ call: { callee } }: SpanUse): boolean {
  return /^(?:set_attributes?|add_event|update_name)$/.test(callee);
}

/** A call on a span that leaves it open: it writes to it, or tells it how the work went. */
export function onlyTells(call: CallExpression): boolean {
  return writes.test(call.callee) || status.test(call.callee) || exception.test(call.callee);
}

export interface SpanPlace {
  readonly at: Place;
  readonly statement: Statement;
}

const ending = /^(?:end|End|Dispose|DisposeAsync|Stop|finish|Finish|__exit__|close)$/;
const status = /^(?:setStatus|set_status|SetStatus)$/;
const exception = /^(?:recordException|record_exception|RecordError|RecordException|AddException)$/;
const writes = /^(?:set_?[aA]ttributes?|add_?[eE]vent|update_?[nN]ame)$/;
/** They look at the span, write to it or make a context of it, and leave it with its owner. */
const looks =
  /^(?:setSpan|_*(?:set_span_in_context|attach|use_span)|ContextWithSpan|with|isSpanContextValid|log|info|debug|warn|error|trace|Print|Println|Printf|Sprintf|Sprint|Errorf|print|str|repr|len|bool|Boolean|String|assert|expect|bind|getBaggage|storeInContext|withSpan|makeCurrent|isinstance|hasattr|getattr|setattr|delete|instanceof|traceUrl|traceId|traceLink|startSpan|startActiveSpan|start_span|start_as_current_span)$|^_?(?:set|add|annotate|update|apply|inject|extract|put|fill|decorate|mark|is|has|get|should|capture|report)(?:[A-Z_]\w*)?(?:Attribute|Tag|Event|Label|Status|Error|Exception|Link|Context|Metadata|Info|Header|Id|Recording|Sampled)\w*$|^_?(?:record|log|handle)(?:_?[A-Z_]\w*)?_?(?:Error|Exception|error|exception|Attributes|attributes|Metric|Metrics|Usage)\w*$|^_?(?:set|add)_\w*(?:attribute|tag|event|status|error|exception)\w*$|^_?(?:mark|update|enrich|annotate)_?[sS]pan(?:_\w+|[A-Z]\w*)?$|^_?(?:set|add)_?[sS]pan(?!_?(?:[tT]o|[oO]n|[iI]n|[fF]or|[bB]y)(?:_|[A-Z]|$))(?:_\w+|[A-Z]\w*)$|^_?(?:set|add|record|write|apply|copy|put|annotate|capture)\w*(?:On|To|In|on|to|in)_?[sS]pan$|^_*(?:ctx|context)_(?:of|for|from|with)(?:_span)?$|^(?:new|New|create|make)\w*Logger$/;

/** Methods of collections, and of what tells its listeners: whoever looks or listens there has the span, or the context that carries it. */
const stores =
  /^(?:[aA]dd|TryAdd|[sS]et|[pP]ut|push|Push|append|Enqueue|enqueue|Store|enterWith|emit)$|^_?(?:store|register|save|keep|remember)(?:_\w+|[A-Z]\w*)?$/;
export const makesContext = /^(?:setSpan|_*set_span_in_context)$/;

/** Functions of others that end the span they are given: `tracing.End(span, err)`, `finish_span(span)`. */
const endsIt = /^_*(?:[eE]nd|[fF]inish|[cC]lose)(?:_?[sS]pan\w*)?$/;

/** Names of functions that a wrapper runs inside its span. */
const callback = /^(?:fn|func|f|cb|callback|handler|work|action|operation|task|next|inner|body)$/i;

/**
 * What functions do with a span that they are given.
 * @param argument its index, or its name if it is given by name
 * @param property of the argument, if that is an object: `run({ span })`
 */
type Handed = (
  call: CallExpression,
  argument: number | string,
  property?: string,
) => 'ends' | 'keeps' | 'owns' | 'looks' | undefined;

/**
 * @param body where the variable can be seen
 * @param variable `span`, `this.span`
 * @param handed what is known of functions that get the span as an argument
 */
export function usesOfSpan(body: readonly Statement[], variable: string, handed: Handed): SpanUses {
  const known = remembered.get(body)?.get(variable);
  if (known !== undefined) return known;
  let asked = false;
  const uses = new Reader(variable, (...given) => {
    asked = true;
    return handed(...given);
  }).read(body);
  if (!asked) {
    let ofBody = remembered.get(body);
    if (ofBody === undefined) remembered.set(body, (ofBody = new Map<string, SpanUses>()));
    ofBody.set(variable, uses);
  }
  return uses;
}

/** Of spans that are given to nobody: by syntax alone, they hold over many versions of a document. */
const remembered = new WeakMap<readonly Statement[], Map<string, SpanUses>>();

interface Context {
  readonly statement: Statement;
  readonly within: FunctionSyntax | undefined;
  readonly returned: boolean;
}

class Reader {
  readonly #variable: string;
  readonly #handed: Handed;
  /** Where functions are known that get it. */
  readonly #settled = new Set<Expression>();
  readonly #uses = {
    ends: [] as SpanUse[],
    statuses: [] as SpanUse[],
    exceptions: [] as SpanUse[],
    others: [] as SpanUse[],
    escapes: [] as SpanPlace[],
    handed: [] as (SpanPlace & { readonly call: CallExpression })[],
  };

  constructor(variable: string, handed: Handed) {
    this.#variable = variable;
    this.#handed = handed;
  }

  read(body: readonly Statement[]): SpanUses {
    this.#visit(mentioning(body, this.#variable), undefined);
    return this.#uses;
  }

  #visit(
    statements: readonly Statement[],
    inside: { readonly statement: Statement; readonly within: FunctionSyntax } | undefined,
  ): void {
    const open = statements.toReversed();
    for (let statement = open.pop(); statement !== undefined; statement = open.pop()) {
      const { type } = statement;
      const context = { statement, within: undefined, ...inside, returned: type === 'return' };
      const kept = type === 'return' || type === 'bind' || type === 'throw';
      for (const expression of expressionsOf(statement)) {
        if (type === 'with' && this.#is(expression)) this.#add('ends', endOf(expression), context);
        else this.#expression(expression, kept, context);
      }
      if (type === 'function') this.#function(statement.function, context);
      if (type === 'loop' && statement.variables.some(({ path }) => path === this.#variable)) continue;
      for (const inner of bodiesOf(statement).toReversed()) open.push(...this.#visible(inner).toReversed());
    }
  }

  #function(made: FunctionSyntax, { statement, within }: Context): void {
    const hidden = made.parameters.some(
      ({ name, fields }) => name === this.#variable || [...fields.values()].includes(this.#variable),
    );
    if (!hidden) this.#visit(this.#visible(made.body), { statement, within: within ?? made });
  }

  /** What has the name in it, up to where the block gives it to something of its own. */
  #visible(block: readonly Statement[]): readonly Statement[] {
    const statements = mentioning(block, this.#variable);
    const hidden = statements.findIndex(
      each =>
        each.type === 'bind' && each.declares && each.targets.some(({ path }) => path === this.#variable),
    );
    return hidden < 0 ? statements : statements.slice(0, hidden);
  }

  /** @param kept whether the value goes somewhere: returned, assigned, put into a list or an object */
  #expression(root: Expression, rootKept: boolean, context: Context): void {
    const stack: { expression: Expression; kept: boolean }[] = [{ expression: root, kept: rootKept }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { expression, kept } = next;
      if (expression.type === 'function') {
        this.#function(expression.function, context);
        continue;
      }
      if (kept && !this.#settled.has(expression) && this.#isItOrItsEnd(expression))
        this.#escape(expression.at, context);
      if (context.returned && context.within === undefined && expression === root && this.#isChain(root))
        this.#escape(expression.at, context);
      if (expression.type === 'call') this.#call(expression, context);
      const holds =
        expression.type === 'object' ||
        expression.type === 'list' ||
        (expression.type === 'operation' && /^(?:await|yield|\.\.\.|=|:=|,|<-)$/.test(expression.operator));
      const condition = expression.type === 'choice' ? expression.condition : undefined;
      for (const operand of operandsOf(expression)) {
        const isArgument = expression.type === 'call' && operand !== expression.receiver;
        const passes = expression.type === 'choice' && operand !== condition && kept;
        // What is put into the variable itself goes nowhere: `if span := spans.get(id)`.
        const isTarget = isAssignment(expression) && operand === expression.operands[0];
        stack.push({
          expression: operand,
          kept: (holds && !isTarget) || passes || (isArgument && !this.#is(operand)),
        });
      }
    }
  }

  #call(call: CallExpression, context: Context): void {
    const { receiver, callee } = call;
    if (this.#is(receiver) || (ending.test(callee) && this.#isChain(receiver))) {
      const kind = ending.test(callee)
        ? 'ends'
        : status.test(callee)
          ? 'statuses'
          : exception.test(callee)
            ? 'exceptions'
            : 'others';
      this.#add(kind, call, context);
    }
    const later = calledLater(call);
    // `Thread(target=run, args=(job, span))`
    if (later?.from === -1)
      for (const [index, value] of later.call.arguments.entries())
        if (this.#is(value) && this.#handed(later.call, index) !== undefined) {
          this.#settled.add(value);
          this.#argument(later.call, index, value, context);
        }
    for (const [name, argument] of [...call.arguments.entries(), ...call.named]) {
      if (argument.type === 'object')
        for (const { key, value, spread } of argument.entries)
          if (this.#is(value) && key !== undefined && !spread) {
            const known = isParent(call, key) ? 'looks' : this.#handed(call, name, key);
            const what = known !== 'ends' && isReport(call) ? 'looks' : known;
            const isKept = what === undefined || what === 'keeps' || what === 'owns';
            if (isKept && (what === 'owns' || owns(call, context) || isMember(argument, call))) continue;
            this.#settled.add(value);
            if (what === 'ends') this.#add('ends', call, context);
            else if (isKept) this.#uses.handed.push({ at: value.at, statement: context.statement, call });
          }
      if (this.#is(argument)) this.#argument(call, name, argument, context);
      else if (isStored(call) && argument.type === 'call' && carriesSpan(argument, this.#variable))
        this.#escape(argument.at, context);
    }
  }

  #argument(call: CallExpression, name: number | string, argument: Expression, context: Context): void {
    const { callee } = call;
    const what = this.#handed(call, name);
    if (what === 'ends' || (callee === 'use_span' && endsOnExit(call))) this.#add('ends', call, context);
    else if (what !== 'looks' && endsIt.test(callee)) this.#add('ends', call, context);
    else if (isSetUnder(callee, name)) this.#escape(argument.at, context);
    else if (what !== 'looks' && !looks.test(callee) && !isReport(call)) {
      const isTold = what === 'keeps' && tellsOfErrors.test(callee);
      if (what === 'owns' || (owns(call, context) && !isTold)) this.#escape(argument.at, context);
      else this.#uses.handed.push({ at: argument.at, statement: context.statement, call });
    }
  }

  #add(
    kind: 'ends' | 'statuses' | 'exceptions' | 'others',
    call: CallExpression,
    { statement, within }: Context,
  ): void {
    this.#uses[kind].push({ call, statement, within });
  }

  #escape(at: Place, { statement }: Context): void {
    this.#uses.escapes.push({ at, statement });
  }

  #is(expression: Expression | undefined): boolean {
    return isReferenceTo(expression, this.#variable);
  }

  /** `activity.SetTag(…).SetTag(…)`, which is the span again. */
  #isChain(root: Expression | undefined): boolean {
    let at = root;
    while (at?.type === 'call' && /^(?:[sS]et|[aA]dd)[A-Z]\w*$/.test(at.callee)) at = at.receiver;
    return at !== root && this.#is(at);
  }

  /** The span, or `span.end` that is handed over as a function. */
  #isItOrItsEnd(expression: Expression): boolean {
    if (expression.type !== 'reference') return false;
    const { path } = expression;
    return (
      path === this.#variable ||
      (path.startsWith(`${this.#variable}.`) && ending.test(path.slice(this.#variable.length + 1)))
    );
  }
}

/** `captureFailure(error, { span })`: whoever is told of a failure ends nothing. */
export function isReport({ callee }: CallExpression): boolean {
  return reports.test(callee);
}

const reports = /^_?(?:capture|log|notify|record|report|track)_?\w*(?:[eE]rror|[eE]xception|[fF]ailure)s?$/;

/** `return classifyError(span, err)` of the project, which does not end it itself, returns what is told of the error. */
const tellsOfErrors = /[eE]rr(?:or)?(?:[A-Z_]|$)|[fF]ail(?:ure|ed)?(?:[A-Z_]|$)/;

/** What is made of it owns it: `new Stream(span)`, `newIterator(span)`, and what is returned. */
function owns(call: CallExpression, { returned }: Context): boolean {
  return (
    (returned && !call.awaited && !callback.test(call.callee) && !isGivenIn(call, call.inFunction)) ||
    call.constructs ||
    isStored(call) ||
    /^(?:new|New|create|make)[A-Z_]/.test(call.callee)
  );
}

/** Whoever gets the struct has the span, too: `queue.PushBack(&item{span: span})`. */
function isMember({ typeName }: ObjectExpression, { callee }: CallExpression): boolean {
  return typeName !== undefined && !looks.test(callee);
}

/** `request.setAttribute("span", span)`, `c.Locals("span", span)`: no attribute of a span is a span. */
function isSetUnder(callee: string, argument: number | string): boolean {
  return argument !== 0 && setsUnder.test(callee);
}

const setsUnder =
  /^(?:set_?attr(?:ibute)?|setProperty|WithValue|Locals|SetLocals?|Set(?:User)?Value|InstanceSet)$/i;

/** `tracer.startSpan('x', { parent: span })`. */
function isParent({ callee }: CallExpression, key: string): boolean {
  return /^parent/.test(key) && /^start\w*Span$/i.test(callee);
}

/** Whether a call puts what it is given into a collection. */
export function isStored({ callee, receiver }: CallExpression): boolean {
  return stores.test(callee) && (receiver !== undefined || callee === 'append');
}

/** Whether a call makes a context that carries the span in a variable. */
export function carriesSpan({ callee, arguments: given }: CallExpression, variable: string): boolean {
  return makesContext.test(callee) && given.some(each => isReferenceTo(each, variable));
}

/** `with span:` and `using (activity)`: what ends it is the scope. */
function endOf(expression: Expression): CallExpression {
  return {
    type: 'call',
    at: expression.at,
    calleeAt: expression.at,
    argumentsAt: undefined,
    callee: 'end',
    receiver: expression,
    arguments: [],
    named: new Map(),
    constructs: false,
    awaited: false,
    decorates: undefined,
    inFunction: undefined,
  };
}

/** `span = …` and `span := …` within an expression. */
export function isAssignment(expression: Expression): expression is OperationExpression {
  return expression.type === 'operation' && /^:?=$/.test(expression.operator);
}

/** Python's `use_span(span, end_on_exit=True)`; who hands on what it is told, `end_on_exit=end_on_exit`, leaves it to others. */
function endsOnExit(call: CallExpression): boolean {
  const value = call.named.get('end_on_exit') ?? call.arguments[1];
  return value !== undefined && (value.type !== 'constant' || value.value === true);
}

export function isEnding(callee: string): boolean {
  return ending.test(callee);
}

/** What functions of the file or the project do with a span that they are given. */
export function handedIn(file: FileFacts, depth = 0): Handed {
  const handed: Handed = (call, argument, property) => {
    const later = file.language === 'python' ? calledLater(call) : undefined;
    if (later !== undefined && later.from >= 0)
      return handed(later.call, typeof argument === 'number' ? argument - later.from : argument, property);
    if (isMadeOf(file.language, call) && property === undefined)
      return isViewOfSpan(file, call) ? 'looks' : 'owns';
    const own = file.names.functionCalled(call);
    if (own !== undefined) {
      // Of what is written elsewhere nothing is known: `@abstractmethod`.
      if (isAbstract(own)) return undefined;
      const parameter =
        typeof argument === 'number'
          ? own.parameters[argument]
          : own.parameters.find(({ name }) => name === argument);
      if (parameter === undefined || parameter.rest) return undefined;
      const { name, fields } = parameter;
      const path =
        property === undefined ? name : name === '' ? (fields.get(property) ?? '') : `${name}.${property}`;
      return path === '' ? undefined : parameterUse(file, own, path, depth);
    }
    const summary = projectFunction(file, call);
    if (summary === undefined) return undefined;
    const index = typeof argument === 'number' ? argument : summary.parameters.indexOf(argument);
    if (summary.endsParameters.includes(index)) return 'ends';
    return summary.keepsParameters.includes(index) ? 'keeps' : 'looks';
  };
  return handed;
}

/** `new Stream(span)`; in Python only the name tells: `Stream(span)`. */
export function isMadeOf(language: FileFacts['language'], { constructs, callee }: CallExpression): boolean {
  return constructs || (language === 'python' && /^_*[A-Z]\w*[a-z]/.test(callee));
}

/** Of the file, and with nothing in it that ends anything or shows the span: it writes to the span for others. */
function isViewOfSpan({ syntax }: FileFacts, { constructs, callee }: CallExpression): boolean {
  const made = constructs ? syntax.classes.find(({ name }) => name === callee) : undefined;
  return made !== undefined && hidesSpan.test(made.at.text) && !endsAnything.test(made.at.text);
}

/** Who has the object cannot take the span from it. */
const hidesSpan = /\bprivate\s[^;,(){}]*[sS]pan\b|#\w*[sS]pan\b/;

const endsAnything =
  /\bextends\b|(?:[eE]nd|[fF]inish|[fF]inali[sz]e|[cC]omplete|[sS]ettle|[cC]lose|[dD]ispose|[sS]top)\w*\(|\bget\s+\w*[sS]pan\b|public\s+(?:readonly\s+)?\w*[sS]pan\b/;

/** Functions that hand it on to the next. */
const maxHanded = 2;

/** What a function does with a parameter that is a span or has one, or with a field of one; what it hands on is kept. */
function parameterUse(
  file: FileFacts,
  made: FunctionSyntax,
  name: string,
  depth: number,
): 'ends' | 'keeps' | 'looks' {
  const handed = depth < maxHanded ? handedIn(file, depth + 1) : () => undefined;
  const [holder, property] = name.split('.');
  const parts = partsTaken(made, holder).filter(each => property === undefined || each.property === property);
  const uses = [name, ...parts.map(({ variable }) => variable)].map(each =>
    usesOfSpan(made.body, each, handed),
  );
  // Who gets the whole has the field.
  if (property !== undefined) uses.push(withoutEnds(usesOfSpan(made.body, holder, handed)));
  if (uses.some(({ ends }) => ends.length > 0)) return 'ends';
  // `span._otel_span.end()`
  for (const { path, holder: has } of spansInside(made))
    if (has === name && usesOfSpan(made.body, path, () => undefined).ends.length > 0) return 'ends';
  const isTaken = ({ statement }: SpanPlace) => parts.some(each => each.statement === statement);
  return uses.some(each => each.handed.length > 0 || !each.escapes.every(isTaken)) ? 'keeps' : 'looks';
}

function withoutEnds(uses: SpanUses): SpanUses {
  return { ...uses, ends: [] };
}

/** Python's methods that others write: nothing is done in them. */
export function isAbstract({ body, decorators }: Pick<FunctionSyntax, 'body' | 'decorators'>): boolean {
  return decorators.some(({ at }) => /abstract/.test(at.text)) && body.every(isNothing);
}

function isNothing({ type, at }: Statement): boolean {
  return (
    type === 'throw' || type === 'block' || (type === 'expression' && /^(?:\.\.\.|[rub]*["'])/i.test(at.text))
  );
}

/** `fn(span)`: what a wrapper runs in its span leaves that to it. */
export function isGivenIn(
  { callee, receiver }: CallExpression,
  inFunction: FunctionSyntax | undefined,
): boolean {
  return (
    receiver === undefined &&
    [...enclosing(inFunction)].some(({ parameters }) => parameters.some(({ name }) => name === callee))
  );
}
