import type { FileFacts } from '../fileFacts.ts';
import type { FunctionSyntax, Place } from '../syntax.ts';
import { judgingIn } from './spanJudging.ts';
import { handedIn, mayBeEnded, type SpanUses, usesOfSpan } from './spanUses.ts';

/** A span of an object that one of its methods leaves open, though others of them end it when they tell how the work went. */
export interface MethodSpan {
  /** Where the method tells how the work went. */
  readonly at: Place;
  /** `this.span`, as written. */
  readonly variable: string;
  readonly className: string;
}

/** The spans in fields that methods named for an outcome, `onError`, leave open, though the ones for others end them. */
export function spansOfMethods(file: FileFacts): readonly MethodSpan[] {
  const classes = new Map<string, FunctionSyntax[]>();
  for (const made of file.syntax.functions) {
    if (made.className === undefined) continue;
    const known = classes.get(made.className);
    if (known === undefined) classes.set(made.className, [made]);
    else known.push(made);
  }
  return [...classes].flatMap(([className, methods]) =>
    fieldsEnded(methods).flatMap(variable => leftOpen(file, className, methods, variable)),
  );
}

/** `this.span` of `this.span.end()` */
function fieldsEnded(methods: readonly FunctionSyntax[]): string[] {
  const found = new Set<string>();
  for (const { bodyAt } of methods)
    for (const [, variable] of bodyAt.text.matchAll(ended)) found.add(variable);
  return [...found];
}

const ended = /\b((?:this|self)\.#?\w*[sS]pan)\??\.(?:end|End)\(/g;

function leftOpen(
  file: FileFacts,
  className: string,
  methods: readonly FunctionSyntax[],
  variable: string,
): MethodSpan[] {
  const all = methods
    .filter(({ bodyAt }) => bodyAt.text.includes(variable))
    .map(method => ({ method, uses: usesOfSpan(method.body, variable, handedIn(file)) }));
  const enders = all.filter(({ uses }) => mayBeEnded(uses)).map(({ method }) => method.name);
  // An object whose methods only end it leaves it to them.
  if (!all.some(({ uses }) => uses.ends.length > 0 && judges(uses))) return [];
  return all.flatMap(({ method, uses }) => {
    if (mayBeEnded(uses) || !judges(uses) || !outcome.test(method.name)) return [];
    if (enders.some(name => method.bodyAt.text.includes(`.${name}(`))) return [];
    const [from] = judgingIn(method.body, variable);
    return from === undefined ? [] : [{ at: from.at, variable, className }];
  });
}

/** Methods that are told how the work went. */
export const outcome =
  /^__a?exit__$|^(?!_?(?:set|record|add|mark|update|note|report|log|is|has|get))\w*?(?:error|fail|complete|success|succeed|end|finish|finali[sz]e|done|abort|cancel)/i;

function judges({ statuses, exceptions }: SpanUses): boolean {
  return statuses.length + exceptions.length > 0;
}
