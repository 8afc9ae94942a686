import { literally } from '../../../base/literally.ts';
import type { FileFacts } from '../fileFacts.ts';
import { functionGiven } from '../functionGiven.ts';
import { projectFunction } from '../projectFunctions.ts';
import { isReferenceTo } from '../references.ts';
import { returnsOf } from '../returns.ts';
import {
  type CallExpression,
  type ClassSyntax,
  type Expression,
  type FunctionSyntax,
  isScript,
  type ObjectExpression,
} from '../syntax.ts';
import { within } from '../walk.ts';
import { fieldsGiven } from './spanParameters.ts';
import { carriesSpan, handedIn, isEnding, type SpanUses, usesOfSpan } from './spanUses.ts';

/** The result of what returns a handle: an object that has a span for itself, and ends it when its own method `end` is called. */
export const handle = 'end()';

/** Whether a result is a handle, or a property of an object that is one. */
export function isHandle(result: number | string): boolean {
  return typeof result === 'string' && result.endsWith(handle);
}

/** The functions that have the span of a handle, if what a function returns is one. */
export function methodsOfHandle(
  file: FileFacts,
  value: Expression | undefined,
  variable: string | undefined,
  made: FunctionSyntax,
): readonly FunctionSyntax[] {
  if (value === undefined || variable === undefined || !isScript(file.language)) return [];
  const object = file.names.resolve(value, made);
  return object.type === 'object' ? methodsOfObject(file, object, variable, made) : [];
}

/** What a call makes a handle of: the span of `new Handle(span)` and of `wrap(span)`. */
export function wrappedBy(file: FileFacts, call: CallExpression): Expression | undefined {
  if (!isScript(file.language) || call.arguments.length === 0) return undefined;
  const own = functionMaking(file, call);
  const index = own === undefined ? projectFunction(file, call)?.wraps : wrapsParameter(file, own);
  return index === undefined ? undefined : call.arguments[index];
}

/** The function of the file that a call goes to, or the constructor. */
export function functionMaking(file: FileFacts, call: CallExpression): FunctionSyntax | undefined {
  if (!call.constructs) return file.names.functionCalled(call);
  if (call.receiver !== undefined) return undefined;
  const made = file.syntax.classes.filter(({ name }) => name === call.callee);
  return made.length === 1 ? made[0].methods.find(isConstructor) : undefined;
}

/** Index of the parameter of a function that it returns a handle of, or that its class is one of. */
export function wrapsParameter(file: FileFacts, made: FunctionSyntax): number | undefined {
  if (!isScript(file.language) || !file.says(mayEnd)) return undefined;
  const index = made.parameters.findIndex(parameter => {
    if (parameter.name === '' || parameter.rest) return false;
    if (isConstructor(made)) return fieldsGiven(made, parameter).some(field => isHandleOf(file, made, field));
    return returnsOf(made).some(
      values => values.length === 1 && methodsOfHandle(file, values[0], parameter.name, made).length > 0,
    );
  });
  return index < 0 ? undefined : index;
}

const mayEnd = /\b(?:end|finish|close|stop)\b/;

function isConstructor({ name, className }: FunctionSyntax): boolean {
  return name === 'constructor' && className !== undefined;
}

/** Whether what a constructor makes has the span of a field for itself, and ends it when its own method `end` is called. */
export function isHandleOf(file: FileFacts, maker: FunctionSyntax, field: string): boolean {
  const { className } = maker;
  if (!isScript(file.language) || !isConstructor(maker)) return false;
  const made = file.syntax.classes.filter(({ name }) => name === className);
  if (made.length !== 1 || !isHidden(made[0], field)) return false;
  const methods = made[0].methods
    .filter(each => !isConstructor(each))
    .map(method => ({ method, uses: usesOfSpan(method.body, `this.${field}`, handedIn(file)) }));
  return (
    methods.every(({ method, uses }) => mayBeOfHandle(method.name, method, uses)) &&
    methods.some(({ uses }) => uses.ends.length > 0)
  );
}

/** Who has the object cannot take the span from it. */
function isHidden({ at: { text } }: ClassSyntax, field: string): boolean {
  return (
    /^[#_]/.test(field) || new RegExp(`\\bprivate\\s+(?:readonly\\s+)?${literally(field)}\\b`).test(text)
  );
}

/** `{ set(key, value) { span.setAttribute(key, value); }, end() { span.end(); } }` */
function methodsOfObject(
  file: FileFacts,
  { entries }: ObjectExpression,
  variable: string,
  made: FunctionSyntax,
): readonly FunctionSyntax[] {
  if (!entries.some(({ key = '' }) => isEnding(key))) return [];
  const methods = entries.map(({ key = '', value, spread }) => ({
    key,
    value,
    function: spread ? undefined : functionGiven(file, value, made),
  }));
  const isOwn = methods.every(({ key, value, function: method }) =>
    method === undefined
      ? !shows(value, variable)
      : mayBeOfHandle(key, method, usesOfSpan(method.body, variable, handedIn(file))),
  );
  const ends = methods.some(
    each => each.function && usesOfSpan(each.function.body, variable, handedIn(file)).ends.length > 0,
  );
  return isOwn && ends ? methods.flatMap(each => each.function ?? []) : [];
}

/** What ends the span is called so, and nobody gets it from there. */
function mayBeOfHandle(key: string, { bodyAt }: FunctionSyntax, uses: SpanUses): boolean {
  if (uses.escapes.some(({ at }) => !isWritten.test(at.text)) || uses.handed.length > 0) return false;
  return isEnding(key) || (uses.ends.length === 0 && !endsAnything.test(bodyAt.text));
}

/** What `(key, value) => span.setAttribute(key, value)` returns nobody takes for the span. */
const isWritten = /\.(?:set|add)[A-Z]\w*\(/;

const endsAnything =
  /(?:\b|_)(?:end|finish|finali[sz]e|complete|settle|close|dispose|stop|done)(?:[A-Z_]\w*)?\(|[a-z](?:End|Finish|Complete|Settle|Close|Dispose|Stop)(?:[A-Z_]\w*)?\(/;

/** `{ span }`; not `{ id: span.spanContext().spanId, context: trace.setSpan(active, span) }` */
function shows(value: Expression, variable: string): boolean {
  if (isReferenceTo(value, variable)) return true;
  return within(value).some(each => {
    if (each.type !== 'call') return false;
    const given = [...each.arguments, ...each.named.values()];
    return given.some(argument => isReferenceTo(argument, variable)) && !carriesSpan(each, variable);
  });
}
