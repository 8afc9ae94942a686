import type { FileFacts } from '../fileFacts.ts';
import { hasFewRounds, lengthOf } from '../rounds.ts';
import type { CallExpression, Expression, FunctionSyntax, ReferenceExpression } from '../syntax.ts';
import { contains } from '../walk.ts';

/** What makes a value different for each request, record or round. */
export interface Varying {
  /** For messages: `an id`, `a URL`. */
  readonly what: string;
  /** Whether it surely takes many values; else its name only suggests it. */
  readonly sure: boolean;
}

/**
 * Judges a value by what it is called and where it comes from; undefined for what is not known to vary: topics, queues,
 * operations, models and everything whose name tells nothing. Interpolation as such says nothing.
 */
export function varying(
  file: FileFacts,
  value: Expression,
  from: FunctionSyntax | undefined,
): Varying | undefined {
  return judge({ file, from, steps: { left: maxSteps } }, value);
}

interface Place {
  readonly file: FileFacts;
  readonly from: FunctionSyntax | undefined;
  /** Variables that may still be followed. */
  readonly steps: { left: number };
}

/** More variables in one name are a circle or beyond what a reader would follow. */
const maxSteps = 50;

function judge(place: Place, value: Expression): Varying | undefined {
  switch (value.type) {
    case 'choice': {
      const found = value.values.map(each => judge(place, each)).filter(each => each !== undefined);
      const worst = found.find(({ sure }) => sure) ?? found[0];
      // `name or run_id`: the id only where there is no name.
      const isFallback = value.condition === undefined && found.length < value.values.length;
      return worst !== undefined && isFallback ? { ...worst, sure: false } : worst;
    }
    case 'call':
      return varyingCall(place, value);
    case 'text':
      return value.parts
        .map(part => (typeof part === 'string' ? undefined : judge(place, part)))
        .find(each => each !== undefined);
    case 'index':
      return varyingPath(
        `${pathOf(value.object)}.${value.key.type === 'text' ? value.key.at.text.slice(1, -1) : ''}`,
      );
    case 'member':
      return varyingPath(pathOf(value));
    case 'reference':
      return varyingReference(place, value);
    case 'operation':
      // A slice of it, a conversion, `x as string`.
      return value.operator === ':' || value.operands.length === 1
        ? judge(place, value.operands[0])
        : undefined;
    default:
      return undefined;
  }
}

/** Conversions show what they are given. */
const conversions =
  /^(?:String|str|repr|toString|to_string|ToString|Sprint|Itoa|FormatInt|FormatUint|toLowerCase|toUpperCase|lower|upper|ToLower|ToUpper|trim|strip|TrimSpace|encodeURIComponent|quote|hex|Hex|format|int|valueOf|slice|substring|substr|toFixed|padStart)$/;

const makers =
  /^(?:randomUUID|uuid4|uuid1|uuid7|uuidv4|uuidv7|v4|nanoid|cuid|ulid|NewString|NewUUID|NewRandom|token_hex|getrandbits|NewGuid)$/;

function varyingCall(place: Place, call: CallExpression): Varying | undefined {
  const { callee, receiver } = call;
  const name = place.file.names.callee(call) ?? '';
  if (makers.test(callee)) return { what: 'a random id', sure: true };
  if (
    /^(?:global#(?:Date\.now|Math\.random|performance\.now)|time\.(?:time|time_ns|monotonic)|time#Now|random\.\w+|math\/rand(?:\/v2)?#\w+|datetime\.datetime\.(?:now|utcnow))$/.test(
      name,
    )
  )
    return { what: /andom|rand/.test(name) ? 'a random number' : 'the time', sure: true };
  if (/^(?:getTime|Unix|UnixNano|UnixMilli|toISOString|isoformat|currentTimeMillis|nanoTime)$/.test(callee))
    return { what: 'the time', sure: true };
  if (conversions.test(callee)) {
    const inner =
      receiver !== undefined && call.arguments.length === 0 ? receiver : (call.arguments[0] ?? receiver);
    return inner === undefined
      ? undefined
      : (judge(place, inner) ?? (receiver === undefined ? undefined : judge(place, receiver)));
  }
  if (callee === 'Error' && call.arguments.length === 0) return { what: 'an error message', sure: true };
  if (isRoute(place.file, callee)) return undefined;
  // Getters: `order.getId()`, `o.id()`, `req.GetUserId()`, `request.getRequestURI()`, `r.FormValue("id")`.
  if (call.arguments.length === 0 && receiver !== undefined)
    return varyingPath(`${pathOf(receiver)}.${callee.replace(/^(?:get|Get)_?(?=[A-Z_])/, '')}`);
  return undefined;
}

/** What Gin, Hertz and Echo call the route. */
function isRoute({ language, syntax }: FileFacts, callee: string): boolean {
  if (language !== 'go') return false;
  return (
    callee === 'FullPath' ||
    (callee === 'Path' && syntax.imports.some(({ module }) => module.includes('/echo')))
  );
}

function varyingReference(place: Place, value: ReferenceExpression): Varying | undefined {
  const { file, from, steps } = place;
  if (steps.left-- <= 0 || isConstant(file, value.path, from) || isNameGiven(file, value, from))
    return undefined;
  if (isWrittenOut(file, value, from)) return undefined;
  const loop = roundOf(file, value, from);
  if (loop !== undefined) return loop;
  const resolved = file.names.resolve(value, from);
  if (
    resolved !== value &&
    (resolved.type === 'call' || resolved.type === 'text' || resolved.type === 'constant')
  ) {
    const found = resolved.type === 'constant' ? undefined : judge(place, resolved);
    if (found !== undefined || resolved.type === 'constant') return found;
    // A name that is made of something else is judged by what it is made of, unless it is called an id itself.
    if (resolved.type === 'text') return undefined;
  }
  return varyingPath(value.path);
}

/** `SPAN_GET_BY_USER_ID`, `SpanNames.GetByUserId`, Go's `SpanGetByUsername`: of another file, and what the span is called. */
function isConstant({ language, names }: FileFacts, path: string, from: FunctionSyntax | undefined): boolean {
  const [head, ...rest] = path.split('.');
  const last = rest.at(-1) ?? head;
  if (/^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(last) || /(?:_by_|By[A-Z])/.test(last)) return true;
  if (rest.length > 1) return false;
  if (language === 'go')
    return /^[A-Z]/.test(last) && (rest.length === 0 || names.definitions(head, from)[0]?.kind === 'import');
  return rest.length === 1 && /^[A-Z]/.test(head) && (language !== 'csharp' || ofConstants.test(head));
}

/** In C# properties are written as classes are. */
const ofConstants = /(?:Names?|Spans?|Activit(?:y|ies)|Operations?|Constants?|Telemetry|Tracing|Keys?)$/;

/** A span has no id before it is started: a wrapper calls so what it is given as the name. */
function isNameGiven(
  { names }: FileFacts,
  { path, at }: ReferenceExpression,
  from: FunctionSyntax | undefined,
): boolean {
  return (
    /^span_?id$/i.test(path) && names.definitions(path, from, at).some(({ kind }) => kind === 'parameter')
  );
}

/** `for user_id in ['ann', 'bob']`: as many names as the source has. */
function isWrittenOut(
  { names }: FileFacts,
  { path, at }: ReferenceExpression,
  from: FunctionSyntax | undefined,
): boolean {
  const [head] = path.split('.');
  return names
    .definitions(head, from, at)
    .some(
      each =>
        each.kind === 'element' &&
        contains(each.loop.at, at) &&
        each.loop.over !== undefined &&
        lengthOf(names, each.loop.over, from) !== undefined,
    );
}

/** The number of the round of a loop around it. */
function roundOf(
  file: FileFacts,
  { path, at }: ReferenceExpression,
  from: FunctionSyntax | undefined,
): Varying | undefined {
  if (/attempt|retr|tries|try/i.test(path)) return undefined;
  for (const definition of file.names.definitions(path, from, at)) {
    if (definition.kind !== 'element' || !contains(definition.loop.at, at)) continue;
    const { loop, target } = definition;
    const first = loop.variables[0] === target;
    const counted =
      loop.form === 'count' ||
      (first && file.language === 'go' && loop.form === 'each') ||
      (first && loop.over?.type === 'call' && /^(?:range|enumerate|entries)$/.test(loop.over.callee));
    if (counted && !hasFewRounds(file.names, loop, from))
      return { what: 'the number of the round', sure: true };
  }
  return undefined;
}

function pathOf(value: Expression): string {
  switch (value.type) {
    case 'reference':
      return value.path;
    case 'member':
      return `${pathOf(value.object)}.${value.property}`;
    case 'index':
      return `${pathOf(value.object)}[]`;
    case 'call':
      return `${value.receiver === undefined ? '' : `${pathOf(value.receiver)}.`}${value.callee}()`;
    default:
      return '';
  }
}

const requests =
  /(?:^|\.)(?:req|request|r|ctx|c|event|httpRequest|httpReq|context|flask\.request|exchange|servletRequest)(?:\(\))?(?:\.(?:req|request|Request))?(?:\.(?:url|URL|nextUrl|uri))?$/i;

/** Ids of what there are few of. */
const few =
  /(?:^|_)(?:function|operation|tool|model|llm|plugin|component|rule|type|command|provider|module|handler|method|route|topic|queue|region|zone|locale|feature|flag|action|extension|agent|assistant|service|app|application|client|project|cluster|namespace|schema|table|collection|index|template|prompt|pipeline|step|stage|phase|group|consumer|category|kind|version|env|environment|channel|integration|connector|source|sink|metric|event|task|skill|worker|node|layer|driver|engine|dataset|workflow|flow|subscription|bucket|database|instance|resource|check|probe|test|scenario|block|entity|capability)_(?:id|ids|uuid|guid)$/;

const many =
  /(?:^|_)(?:user|account|customer|member|patient|order|cart|basket|session|request|req|correlation|trace|span|message|msg|transaction|tx|txn|payment|invoice|product|item|sku|ticket|post|comment|article|document|doc|file|object|record|row|device|conversation|thread|chat|run|execution|job|booking|shipment|delivery|upload|call|player|person|employee|contact|lead|subscription|todo|book|photo|image|video|entry|block_hash|block)_(?:id|uuid|guid)$/;

function varyingPath(path: string): Varying | undefined {
  const segments = path.split('.');
  const last = segments[segments.length - 1];
  const before = segments.slice(0, -1).join('.');
  const owner = segments[segments.length - 2] ?? '';
  const snake = last
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
  if (
    /^(?:original_?url|raw_?path|full_?path|request_?uri|raw_?query|query_?string|href|get_full_path|path_?info|raw_?url|display_?url)(?:\(\))?$/.test(
      snake,
    ) &&
    segments.length > 1
  )
    return { what: 'a URL', sure: true };
  // `c.path`, `r.path`: a field of the object itself, in Go.
  if (/^(?:url|uri|path|path_?name)$/.test(snake) && requests.test(before) && !/^[cr]\.path$/.test(path))
    return { what: 'the path of the request', sure: true };
  if (
    /(?:^|\.)(?:params|query|path_params|view_args|args|PathParams)$/.test(before) &&
    requests.test(before.replace(/\.\w+$/, ''))
  )
    return parameterCalled(snake);
  if (/^(?:uuid|guid|id)$/.test(snake))
    return owner === '' || owner.endsWith(')') ? { what: 'an id', sure: snake !== 'id' } : ofOwner(owner);
  if (few.test(snake)) return undefined;
  if (many.test(snake)) return { what: 'an id', sure: true };
  if (/_(?:id|uuid|guid)$/.test(snake)) return { what: 'an id', sure: false };
  if (/(?:^|_)(?:e_?mail|email_address|user_?name)$/.test(snake))
    return { what: 'a name of a user', sure: true };
  if (/^(?:message|error_message|err_msg)$/.test(snake) && /^(?:e|err|error|ex|exc|exception)$/.test(owner))
    return { what: 'an error message', sure: true };
  if (/^(?:url|uri)$/.test(snake) && segments.length === 1) return { what: 'a URL', sure: false };
  return undefined;
}

/** `request.params.name` is the name of a tool where a model calls tools, and a user's on a website. */
function parameterCalled(name: string): Varying | undefined {
  if (fewOfThem.test(name)) return undefined;
  return { what: 'a parameter of the request', sure: name !== 'name' };
}

const fewOfThem =
  /^(?:(?:tool|function|method|prompt|operation|action|command|resource|model|provider|service|collection|table|entity)(?:_?name)?|type|kind|version|format|lang|language|locale|region|step|stage|tab|view|sort|mode|status|category)$/;

/** `order.id`, `this.tool.id`, `this.id`. */
function ofOwner(owner: string): Varying | undefined {
  const snake = `${owner
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/\[\]$/, '')
    .toLowerCase()}_id`;
  if (few.test(snake)) return undefined;
  return { what: 'an id', sure: many.test(snake) };
}
