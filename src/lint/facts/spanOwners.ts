import type { FileFacts } from './fileFacts.ts';
import { methodAround } from './spanFields.ts';
import { isSpanParameter } from './spansGiven.ts';
import { handedIn, usesOfSpan } from './spanUses.ts';
import type { FunctionSyntax, Place } from './syntax.ts';
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
  const { functions } = file.syntax;
  return functions.filter(isMaker).flatMap(maker => {
    const name = maker.className ?? '';
    // Whoever ends it from outside has to write its name: only such names are known.
    const fields = [...fieldsOf(maker)].filter(each => /span|activity/i.test(each));
    if (fields.length === 0) return [];
    const methods = functions.filter(
      each => each.className === name && methodAround(each.parent) === undefined,
    );
    return fields.flatMap(field => ownerOf(file, name, methods, field) ?? []);
  });
}

function isMaker({ name, className, parameters }: FunctionSyntax): boolean {
  const makes = name === 'constructor' || name === '__init__' || name === className;
  return makes && className !== undefined && parameters.some(isSpanParameter);
}

/** `constructor(span: Span) { this.span = span; }`, and TypeScript's `constructor(private readonly span: Span) {}`. */
function fieldsOf({ parameters, body, receiverName = 'this' }: FunctionSyntax): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { at, name } of parameters.filter(isSpanParameter)) {
    if (/^(?:private|protected|public|readonly)\s/.test(at.text)) found.add(name);
    for (const statement of statementsIn(body))
      if (statement.type === 'bind' && statement.values.some(value => value.at.text === name))
        for (const { path } of statement.targets)
          if (path.startsWith(`${receiverName}.`)) found.add(path.slice(receiverName.length + 1));
  }
  return found;
}

const ending = /^_*(?:end|finish|complete|a?exit_*)(?:_?span)?$/i;
/** These may be about something else. */
const closing = /^_*(?:a?close|stop|dispose)(?:_?span)?$/i;

function ownerOf(
  file: FileFacts,
  name: string,
  methods: readonly FunctionSyntax[],
  field: string,
): SpanOwner | undefined {
  const method = methods.find(
    ({ name: called, body, bodyAt }) =>
      body.length > 0 && (ending.test(called) || (closing.test(called) && bodyAt.text.includes(field))),
  );
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
