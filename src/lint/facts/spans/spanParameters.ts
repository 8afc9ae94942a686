import type { FunctionSyntax, Parameter } from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import { isCalledSpan } from './spanUses.ts';

/** By its type, or by its name if it has none. */
export function isSpanParameter({ name, typeName, rest }: Parameter): boolean {
  if (rest || name === '') return false;
  return typeName === undefined || ofAnything.test(typeName)
    ? isCalledSpan.test(name)
    : isSpan.test(typeName);
}

/** `Any`, `Any | None`, `Optional[Any]`, `unknown` */
const ofAnything =
  /^(?:Optional\[)?(?:typing\.)?(?:any|object|unknown)\]?(?:\s*\|\s*(?:None|null|undefined))*$/i;

/** A type of a span, as written: `trace.Span`, `ReturnType<Tracer['startSpan']>`. */
export const isSpan =
  /(?:^|[^\w])(?:\w+\.)*Span\b(?![.\w<])|\bReturnType<[^<>]*\bstart(?:Inactive)?Span\b[^<>]*>/;

/** A constructor that is given a span. */
export function isMaker({ name, className, parameters }: FunctionSyntax): boolean {
  const makes = name === 'constructor' || name === '__init__' || name === className;
  return makes && className !== undefined && parameters.some(isSpanParameter);
}

/** The fields that a constructor puts spans into which it is given. */
export function fieldsOf(maker: FunctionSyntax): ReadonlySet<string> {
  return new Set(maker.parameters.filter(isSpanParameter).flatMap(each => fieldsGiven(maker, each)));
}

/** `constructor(span: Span) { this.span = span; }`, and TypeScript's `constructor(private readonly span: Span) {}`. */
export function fieldsGiven(
  { body, receiverName = 'this' }: FunctionSyntax,
  { at, name }: Parameter,
): readonly string[] {
  const assigned = statementsIn(body).flatMap(each =>
    each.type === 'bind' && each.values.some(value => value.at.text === name) ? each.targets : [],
  );
  const fields = assigned.flatMap(({ path }) =>
    path.startsWith(`${receiverName}.`) ? path.slice(receiverName.length + 1) : [],
  );
  return /^(?:private|protected|public|readonly)\s/.test(at.text) ? [name, ...fields] : fields;
}
