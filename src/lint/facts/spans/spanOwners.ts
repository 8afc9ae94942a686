import type { FileFacts } from '../fileFacts.ts';
import { isReferenceTo } from '../references.ts';
import { returnsOf } from '../returns.ts';
import {
  type CallExpression,
  type ClassSyntax,
  type FunctionSyntax,
  isScript,
  type ObjectExpression,
  type Place,
  type SyntaxUnit,
} from '../syntax.ts';
import { entering, leaving, methodAround, notReturned, spanFields } from './spanFields.ts';
import { isReleasedBy } from './spanKeeping.ts';
import { fieldsOf, isMaker, isSpan, isSpanParameter } from './spanParameters.ts';
import { spanStarts, startsIn } from './spanStarts.ts';
import { type GivenSpan, leftOpen } from './spansGiven.ts';
import { handedIn, mayBeEnded, type SpanUses, usesOfSpan } from './spanUses.ts';

/** An object that is made of a span, and has a method that is there to end it but does not. */
export interface SpanOwner {
  /** The name of the method. */
  readonly at: Place;
  /** `this.span`, as written in the method. */
  readonly variable: string;
  /** Of the class. */
  readonly name: string;
  /** Its method is called so; otherwise it goes over something, and tells how that went. */
  readonly certain: boolean;
}

/** The classes of a file that keep the span they are made of, and of which no method ends it; of scripts objects, too. */
export function spanOwners(file: FileFacts): readonly SpanOwner[] {
  const ofClasses = keepers(file).flatMap(({ name, methods, fields }) =>
    fields.flatMap(field => {
      const owner = isOfCaller(field, fields) ? undefined : ownerOf(file, name, methods, field);
      return owner ?? [];
    }),
  );
  return [...ofClasses, ...file.ofUnits(objectsIn).flat()];
}

/** `wrap(span) { return { set(key, value) { span.setAttribute(key, value); }, end() {} }; }` */
function objectsIn(file: FileFacts, unit: SyntaxUnit): readonly SpanOwner[] {
  if (!isScript(file.language)) return [];
  return [...objectsOfGiven(file, unit), ...objectsOfStarted(file, unit)];
}

function objectsOfGiven(file: FileFacts, { functions }: SyntaxUnit): readonly SpanOwner[] {
  return functions.flatMap(made =>
    made.parameters.filter(isSpanParameter).flatMap(({ name: variable }) => {
      const uses = usesOfSpan(made.body, variable, handedIn(file));
      if (mayBeEnded(notReturned(uses)) || !isWritten(uses)) return [];
      for (const [value] of returnsOf(made)) {
        const object = value && file.names.resolve(value, made);
        const ender = object?.type === 'object' ? idleEnderOf(object, variable) : undefined;
        if (ender !== undefined) return [{ at: ender, variable, name: made.name, certain: true }];
      }
      return [];
    }),
  );
}

/** `const span = tracer.startSpan(name); return { span, note: text => span.addEvent(text), finish() {} };` */
function objectsOfStarted(file: FileFacts, unit: SyntaxUnit): readonly SpanOwner[] {
  return startsIn(file, unit).flatMap(({ form, variable, call: { inFunction: made } }) => {
    if (form !== 'value' || variable === undefined || made === undefined) return [];
    const uses = usesOfSpan(made.body, variable, handedIn(file));
    if (uses.handed.length > 0 || uses.escapes.length === 0 || !isWritten(uses)) return [];
    for (const object of unit.objects) {
      if (!uses.ends.every(({ call }) => isOnFailure(object, call))) continue;
      const hasAll = uses.escapes.every(({ at }) => object.entries.some(({ value }) => value.at === at));
      const ender = hasAll ? idleEnderOf(object, variable) : undefined;
      if (ender !== undefined) return [{ at: ender, variable, name: made.name, certain: true }];
    }
    return [];
  });
}

/** `fail(error) { span.recordException(error); span.end(); }` of the object, which says nothing of what went well. */
function isOnFailure({ entries }: ObjectExpression, { inFunction }: CallExpression): boolean {
  return entries.some(
    ({ key = '', value }) => value.type === 'function' && value.function === inFunction && failing.test(key),
  );
}

const failing = /^_?(?:fail|error|reject|abort|cancel)/i;
const callsFailing = /\b_?(?:fail|error|reject|abort|cancel)\w*\(/i;

/** Where an object has a method that is there to end the span, and does not. */
function idleEnderOf({ entries }: ObjectExpression, variable: string): Place | undefined {
  const entry = entries.find(({ key = '' }) => ending.test(key));
  if (entry?.value.type !== 'function' || !isLeftIdle(entry.value.function, variable)) return undefined;
  if (callsFailing.test(entry.value.function.bodyAt.text)) return undefined;
  return entry.keyAt ?? entry.at;
}

function isWritten({ statuses, exceptions, others }: SpanUses): boolean {
  return statuses.length + exceptions.length + others.length > 0;
}

/** `with tracer.start_as_current_span("request") as span: Recorder(span)`: the scope ends it. */
function isMadeInScope(file: FileFacts, className: string): boolean {
  const makers = file.syntax.calls.filter(({ callee }) => callee === className);
  return file
    .get(spanStarts)
    .some(
      ({ endsItself, variable, call: { inFunction } }) =>
        endsItself &&
        variable !== undefined &&
        makers.some(
          each =>
            each.inFunction === inFunction && each.arguments.some(given => isReferenceTo(given, variable)),
        ),
    );
}

/** It does nothing, and nobody says why, or it writes to the span. */
function isLeftIdle({ body, bodyAt }: FunctionSyntax, variable: string): boolean {
  return body.length === 0 ? isEmpty.test(bodyAt.text) : bodyAt.text.includes(variable);
}

const isEmpty = /^\{\s*\}$/;

/** `self.root_span` beside `self.span`: it is there to be written to. */
function isOfCaller(field: string, fields: readonly string[]): boolean {
  return fields.length > 1 && /^[_#]?(?:root|parent)_?span$/i.test(field);
}

/**
 * The spans that objects are made of, or start, and of which one method alone ends them, but leaves them open on a path
 * on which it has told how the work went.
 */
export function spansOfObjects(file: FileFacts): readonly GivenSpan[] {
  const made = keepers(file).flatMap(({ methods, fields }) => fields.map(field => ({ methods, field })));
  const started = file.get(spanFields).flatMap(({ className, field, reach }) => {
    const methods = file.syntax.functions.filter(each => isMethodOf(each, className));
    // Of what others can reach a context manager ends what it has started.
    const own = reach === 'public' ? methods.filter(({ name }) => leaving.test(name)) : methods;
    return own.length === 0 ? [] : { methods: own, field };
  });
  return [...made, ...started].flatMap(({ methods, field }) => {
    const enders = methods.flatMap(method =>
      namesIn(file, method, field)
        .filter(variable => isLetGo(file, method, variable))
        .map(variable => ({ method, variable })),
    );
    const [ender, ...others] = enders;
    return ender === undefined || others.length > 0
      ? []
      : (leftOpen(file, ender.method, ender.variable) ?? []);
  });
}

/** `this.span`; in Java and C# also `span`, where nothing else is called so. */
function namesIn(
  { language }: FileFacts,
  { receiverName = 'this', parameters }: FunctionSyntax,
  field: string,
): string[] {
  const isImplied =
    (language === 'java' || language === 'csharp') && !parameters.some(({ name }) => name === field);
  return [`${receiverName}.${field}`, ...(isImplied ? [field] : [])];
}

/** Ended, or given to others. */
function isLetGo(file: FileFacts, { name, body }: FunctionSyntax, variable: string): boolean {
  const uses = usesOfSpan(body, variable, handedIn(file));
  return mayBeEnded(entering.test(name) ? notReturned(uses) : uses);
}

interface Keeper {
  /** Of the class. */
  readonly name: string;
  readonly methods: readonly FunctionSyntax[];
  readonly fields: readonly string[];
}

/** The classes that are made of spans, with the fields that have them. */
function keepers({ syntax, language }: FileFacts): readonly Keeper[] {
  const { functions, classes } = syntax;
  const made = functions
    .filter(isMaker)
    .map(maker => ({ name: maker.className ?? '', fields: [...fieldsOf(maker)] }));
  const declared = language === 'python' ? classes.filter(isDataclass) : [];
  return [...made, ...declared.map(each => ({ name: each.name, fields: spanFieldsOf(each) }))].flatMap(
    ({ name, fields }) => {
      // Whoever ends it from outside has to write its name: only such names are known.
      const known = fields.filter(each => /span|activity/i.test(each));
      if (known.length === 0) return [];
      return { name, methods: functions.filter(each => isMethodOf(each, name)), fields: known };
    },
  );
}

function isMethodOf(made: FunctionSyntax, className: string): boolean {
  return made.className === className && methodAround(made.parent) === undefined;
}

/** `@dataclass` */
function isDataclass({ decorators }: ClassSyntax): boolean {
  return decorators.some(({ at }) => /^@?(?:\w+\.)*dataclass\b/.test(at.text));
}

/** `span: trace.Span | None` */
function spanFieldsOf({ fields }: ClassSyntax): string[] {
  return fields.flatMap(({ targets }) =>
    targets.flatMap(({ path, typeName }) => (isSpan.test(typeName ?? '') ? path : [])),
  );
}

function isWrittenBy(file: FileFacts, methods: readonly FunctionSyntax[], field: string): boolean {
  return methods.some(({ receiverName = 'this', body }) =>
    isWritten(usesOfSpan(body, `${receiverName}.${field}`, handedIn(file))),
  );
}

/** `end`, `endSpan`, `end_ok`, `finishWithError`, `end_successfully`. */
const ending =
  /^_*(?:end|finish|complete|finali[sz]e|a?exit_*)(?:_?span)?(?:_?(?:as|with|in|on)?_?(?:ok|succes\w*|err(?:or)?|fail\w*|exception))?$/i;
/** These may be about something else. */
const closing = /^_*(?:a?close|stop|dispose)(?:_?span)?$/i;

/** Python: it goes over something. */
const iterating = /^__a?(?:next|iter)__$/;

function ownerOf(
  file: FileFacts,
  name: string,
  methods: readonly FunctionSyntax[],
  field: string,
): SpanOwner | undefined {
  const known = field.replace('#', '');
  if (isReleasedBy(file, [name], known)) return undefined;
  const ender = methods.find(({ name: called, body, bodyAt }) =>
    body.length > 0
      ? ending.test(called) || (closing.test(called) && bodyAt.text.includes(field))
      : ending.test(called) && isEmpty.test(bodyAt.text) && isWrittenBy(file, methods, field),
  );
  const statuses = ({ receiverName = 'this', body }: FunctionSyntax) =>
    usesOfSpan(body, `${receiverName}.${field}`, handedIn(file)).statuses;
  const iterator = methods.find(each => iterating.test(each.name));
  // What goes over something has the span for that; it tells how that went, or does nothing with the span at all.
  const isIdle = () => methods.every(each => isMaker(each) || !each.bodyAt.text.includes(field));
  const method =
    ender ??
    (iterator && (methods.find(each => statuses(each).length > 0) ?? (isIdle() ? iterator : undefined)));
  if (method === undefined || isMadeInScope(file, name)) return undefined;
  // Others take something from what is called so: it may be another's, unless a context manager is left without an end.
  const isTaken = file.releases(known);
  if (isTaken && !(leaving.test(method.name) && statuses(method).length > 0)) return undefined;
  if (methods.some(each => namesIn(file, each, field).some(variable => isLetGo(file, each, variable))))
    return undefined;
  const variable = `${method.receiverName ?? 'this'}.${field}`;
  return { at: method.nameAt, variable, name, certain: method === ender && !isTaken };
}
