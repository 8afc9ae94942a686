import { headerParts, isOfProject } from '../clients/requestParts.ts';
import type { FileFacts } from '../fileFacts.ts';
import { returnsOf } from '../returns.ts';
import { type Definition, namesFieldsPlainly, ownerOf } from '../scopes.ts';
import type { Expression, FunctionSyntax, ReferenceExpression } from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import { carriers } from './carriers.ts';

/** Whether something carries the trace context; `unknown` if it is made where this file does not show it. */
export type Carrying = 'yes' | 'no' | 'unknown';

/** A parameter that decides: who calls the function knows more. */
export interface Given {
  readonly function: FunctionSyntax;
  readonly index: number;
  /** Of the object that the parameter is, the field. */
  readonly field?: string | undefined;
}

/** More steps than this are no longer what a reader would follow. */
const maxSteps = 60;

/** Keys under which a message or a request has its headers, or what has them. */
const holders =
  /^(?:headers?|hdrs?|properties|props|attributes|metadata|message_?attributes|user_?properties|application_?properties|options|opts|init|messages?|msgs?|records?|entries|topic_?messages|config|request|carrier|context)$/i;

/**
 * What headers, options, a request or a message hold, as far as the file shows.
 * @param given gets the parameters that they come from
 */
export function carrying(
  file: FileFacts,
  expressions: readonly Expression[],
  from: FunctionSyntax | undefined,
  given: Given[] = [],
): Carrying {
  const known = file.get(carriers);
  const open = expressions.map(expression => ({ expression, from }));
  const seen = new Set<Expression>();
  let unknown = false;
  let steps = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at.expression)) continue;
    seen.add(at.expression);
    if (known.holds(at.expression, at.from)) return 'yes';
    if (++steps > maxSteps) return 'unknown';
    const { parts, isOpen, parameters } = look(file, at.expression, at.from);
    given.push(...parameters);
    unknown ||= isOpen;
    open.push(...parts);
  }
  return unknown ? 'unknown' : 'no';
}

/** `prepareProperties(request)`, which gives what it is given, with more. */
const completes =
  /^(?:prepare|complete|ensure|merge|enrich|extend|copy|clone)_?(?:headers?|prop(?:ertie)?s|metadata|attributes)$/i;

interface Looked {
  /** What it is made of. */
  readonly parts: { readonly expression: Expression; readonly from: FunctionSyntax | undefined }[];
  /** It comes from elsewhere. */
  readonly isOpen: boolean;
  readonly parameters: readonly Given[];
}

const closed: Looked = { parts: [], isOpen: false, parameters: [] };
const elsewhere: Looked = { parts: [], isOpen: true, parameters: [] };

function look(file: FileFacts, expression: Expression, from: FunctionSyntax | undefined): Looked {
  const made = (parts: readonly Expression[], isOpen = false): Looked => ({
    parts: parts.map(each => ({ expression: each, from })),
    isOpen,
    parameters: [],
  });
  const returnedBy = (own: FunctionSyntax): Looked => ({
    parts: returnsOf(own)
      .flat()
      .map(each => ({ expression: each, from: own })),
    isOpen: false,
    parameters: [],
  });
  switch (expression.type) {
    case 'reference':
      return lookAtName(file, expression, from);
    case 'member':
    case 'index':
      return elsewhere;
    case 'object':
      return made(
        expression.entries
          .filter(({ key, spread }) => spread || (key !== undefined && holders.test(key)))
          .map(({ value }) => value),
      );
    case 'list':
    case 'choice':
      return made(expression.values);
    case 'operation':
      return made(expression.operands);
    case 'function':
      return returnedBy(expression.function);
    case 'call': {
      const own = file.names.functionCalled(expression);
      if (own !== undefined) {
        // `cloneHeaders(delivery.Headers)`
        const { parts, ...rest } = returnedBy(own);
        return { ...rest, parts: [...parts, ...made(expression.arguments.filter(namesHolder)).parts] };
      }
      const parts = headerParts(file, expression);
      if (parts !== undefined) return made(parts);
      // A new request has no headers yet; of what is mapped the callback makes the elements.
      if (/^(?:net\/http|[\w./-]+\/go-retryablehttp)#NewRequest/.test(file.names.callee(expression) ?? ''))
        return made([]);
      if (/^(?:map|flatMap)$/.test(expression.callee) && expression.receiver !== undefined)
        return made(expression.arguments.slice(0, 1));
      // A function of the project that returns no carrier adds nothing to what it is given.
      const isKnown = file.get(carriers).summaryOf(expression) !== undefined;
      if (!isKnown && isOfProject(file, expression)) return elsewhere;
      const receiver =
        expression.receiver === undefined || isImported(file, expression.receiver)
          ? []
          : [expression.receiver];
      if (isKnown) return made(completes.test(expression.callee) ? expression.arguments : []);
      return made([...receiver, ...expression.arguments, ...expression.named.values()]);
    }
    case 'unknown':
      return elsewhere;
    default:
      return made([]);
  }
}

/** What may be copied with all that it holds. */
function namesHolder(expression: Expression): boolean {
  if (expression.type !== 'reference') return false;
  const name = expression.path.slice(expression.path.lastIndexOf('.') + 1);
  return /^(?:headers?|hdrs|metadata|properties|attributes|carrier)$/i.test(name);
}

function lookAtName(
  file: FileFacts,
  { path, at }: ReferenceExpression,
  from: FunctionSyntax | undefined,
): Looked {
  const [head, field] = path.split('.');
  const isTyped = namesFieldsPlainly(file.language);
  // `HttpMethod.GET`, `String.class`
  if (isTyped && /^[A-Z]\w*(?:\.\w+)?$/.test(path) && path !== path.toUpperCase()) return closed;
  const isOwn = field !== undefined && isReceiver(head, from);
  const definitions = file.names.definitions(isOwn ? `${head}.${field}` : head, from, at);
  if (definitions.length === 0) {
    // A getter is a method of that name.
    const { className } = ownerOf(from);
    const getter = isOwn
      ? file.syntax.functions.find(each => each.className === className && each.name === field)
      : undefined;
    if (getter === undefined) return elsewhere;
    return {
      parts: returnsOf(getter)
        .flat()
        .map(each => ({ expression: each, from: getter })),
      isOpen: false,
      parameters: [],
    };
  }
  const parts: Looked['parts'] = field === undefined ? addedTo(head, from) : [];
  const parameters: Given[] = [];
  let isOpen = false;
  for (const definition of definitions)
    if (definition.kind === 'value') {
      if (definition.value === undefined) isOpen ||= isTyped && isSetElsewhere(definition);
      else parts.push({ expression: definition.value, from: definition.inFunction });
    } else if (!isTyped || definition.kind !== 'parameter' || !isPlain(definition.typeName)) {
      isOpen = true;
      if (definition.kind === 'parameter' && definition.property === undefined)
        parameters.push({ function: definition.function, index: definition.index });
    }
  return { parts, isOpen, parameters };
}

/** A field of Java or C# that a framework fills. */
function isSetElsewhere({ typeName, inFunction }: Definition & { kind: 'value' }): boolean {
  return typeName !== undefined && inFunction === undefined && !isPlain(typeName);
}

/** What is of that type holds no headers. */
function isPlain(typeName: string | undefined): boolean {
  return plain.test(typeName ?? '');
}

const plain =
  /^(?:final )?(?:java\.(?:lang|net|util)\.)?(?:String|UR[IL]|Uri|UUID|Guid|Integer|Long|Double|Boolean|BigDecimal|Instant|Duration|DateTime\w*|TimeSpan|CancellationToken|Class<.*>|int|long|double|float|boolean|bool|decimal|byte(?:\[\])?)\??$/;

/** `message.Headers = append(message.Headers, …)` */
function addedTo(name: string, from: FunctionSyntax | undefined): Looked['parts'] {
  return statementsIn(from?.body ?? []).flatMap(statement =>
    statement.type === 'bind' && statement.targets.some(({ path }) => path.startsWith(`${name}.`))
      ? statement.values.map(expression => ({ expression, from }))
      : [],
  );
}

function isReceiver(name: string, from: FunctionSyntax | undefined): boolean {
  const { className, receiverName } = ownerOf(from);
  return className !== undefined && (name === receiverName || name === 'this');
}

function isImported({ syntax }: FileFacts, receiver: Expression): boolean {
  if (receiver.type !== 'reference') return false;
  const [head] = receiver.path.split('.');
  return syntax.imports.some(({ local }) => local === head);
}
