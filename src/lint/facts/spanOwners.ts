import type { FileFacts } from './fileFacts.ts';
import { methodAround } from './spanFields.ts';
import { isSpanParameter } from './spansGiven.ts';
import { handedIn, usesOfSpan } from './spanUses.ts';
import type { ClassSyntax, FunctionSyntax, Place } from './syntax.ts';
import { statementsIn } from './walk.ts';

/** An object that is made of a span, and has a method that is there to end it but does not. */
export interface SpanOwner {
  /** The name of the method. */
  readonly at: Place;
  /** `this.span`, as written in the method. */
  readonly variable: string;
  /** Of the class. */
  readonly name: string;
}

/** The classes of a file that keep the span they are made of, and of which no method ends it. */
export function spanOwners(file: FileFacts): readonly SpanOwner[] {
  return file.syntax.classes.flatMap(made => {
    const methods = file.syntax.functions.filter(
      each => each.className === made.name && methodAround(each.parent) === undefined,
    );
    // Whoever ends it from outside has to write its name: only such names are known.
    const fields = [...fieldsOf(made, methods)].filter(each => /span|activity/i.test(each));
    return fields.flatMap(field => ownerOf(file, made, methods, field) ?? []);
  });
}

/** `constructor(span: Span) { this.span = span; }`, and TypeScript's `constructor(private readonly span: Span) {}`. */
function fieldsOf({ name }: ClassSyntax, methods: readonly FunctionSyntax[]): ReadonlySet<string> {
  const found = new Set<string>();
  const maker = methods.find(
    each => each.name === 'constructor' || each.name === '__init__' || each.name === name,
  );
  for (const parameter of maker?.parameters ?? []) {
    if (!isSpanParameter(parameter)) continue;
    if (/^(?:(?:private|protected|public|readonly)\s)/.test(parameter.at.text)) found.add(parameter.name);
    for (const statement of statementsIn(maker?.body ?? []))
      if (statement.type === 'bind' && statement.values.some(({ at }) => at.text === parameter.name))
        for (const { path } of statement.targets)
          if (path.startsWith(`${maker?.receiverName ?? 'this'}.`))
            found.add(path.slice(path.indexOf('.') + 1));
  }
  return found;
}

const ending = /^_*(?:a?close|end|finish|stop|complete|dispose|a?exit_*)(?:_?span)?$/i;

function ownerOf(
  file: FileFacts,
  { name }: ClassSyntax,
  methods: readonly FunctionSyntax[],
  field: string,
): SpanOwner | undefined {
  const method = methods.find(each => ending.test(each.name) && each.body.length > 0);
  const known = field.replace('#', '');
  if (method === undefined || file.project.releases(known) || file.project.releases(`${name}#${known}`))
    return undefined;
  const isLetGo = methods.some(({ receiverName = 'this', body }) => {
    const { ends, escapes, handed } = usesOfSpan(body, `${receiverName}.${field}`, handedIn(file));
    return ends.length + escapes.length + handed.length > 0;
  });
  if (isLetGo) return undefined;
  return { at: method.nameAt, variable: `${method.receiverName ?? 'this'}.${field}`, name };
}
