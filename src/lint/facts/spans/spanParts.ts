import type { FunctionSyntax, Statement } from '../syntax.ts';
import { statementsIn } from '../walk.ts';

interface SpanInside {
  readonly path: string;
  readonly holder: string;
}

/** `options.span`, whatever else becomes of the options: which variables have which spans. */
export function spansInside(made: FunctionSyntax): readonly SpanInside[] {
  let found = inside.get(made);
  if (found === undefined) {
    const written = made.bodyAt.text.matchAll(/(?<![\w$.])([\w$]+)[?!]*\.(\w*[sS]pan)\b(?!\()/g);
    found = [...written].map(([, holder, property]) => ({ path: `${holder}.${property}`, holder }));
    inside.set(made, found);
  }
  return found;
}

/** Kept as long as the syntax is. */
const inside = new WeakMap<FunctionSyntax, readonly SpanInside[]>();

/** A property of an object that a variable has. */
export interface TakenPart {
  readonly property: string;
  readonly variable: string;
  readonly statement: Statement;
}

/** `const { span } = options`, `const span = options.span`: what a function takes out of an object that it has. */
export function partsTaken({ body, bodyAt }: FunctionSyntax, holder: string): readonly TakenPart[] {
  // Few functions do, and their text tells sooner.
  if (holder === '' || !bodyAt.text.includes(`= ${holder}`)) return [];
  return statementsIn(body).flatMap(statement => {
    if (statement.type !== 'bind' || statement.values.length !== 1) return [];
    const [value] = statement.values;
    const { targets } = statement;
    if (value.type !== 'reference') return [];
    if (value.path === holder)
      return targets.every(({ path, from }) => typeof from === 'string' && /^[\w$]+$/.test(path))
        ? targets.map(({ path, from }) => ({ property: String(from), variable: path, statement }))
        : [];
    const property = value.path.startsWith(`${holder}.`) ? value.path.slice(holder.length + 1) : '';
    return /^[\w$]+$/.test(property) && targets.length === 1 && /^[\w$]+$/.test(targets[0].path)
      ? { property, variable: targets[0].path, statement }
      : [];
  });
}
