import { addToGroup } from '../../../base/groups.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression } from '../syntax.ts';
import { enclosing } from '../walk.ts';

const subject = /trac(?:e|ing)|telemetr|otel|instrument|observab/gi;
/** `setupTracing`, `instrument_http`, `TracingModule`; most other names with these words are of spans and tracers. */
const ofSetUp =
  /^(?!instrument(?:ation|or)?s?$)(?:init|set_?up|start|config|register|create|bootstrap|install|enable|instrument|use|add|new|with)\w*$|(?:Module|Service|Setup|Manager|Provider|Config(?:uration)?|Plugin)$/i;
const isInName = /[\w$]/;
const nameBefore = /[\w$]+$/;
const behind = /[\w$]*/y;
/** A longer name is none. */
const mostLetters = 60;

/** The names in a source that may be those of functions and classes that set up telemetry, with where they stand. */
export function setUpNames(source: string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  let end = 0;
  for (const { index } of source.matchAll(subject)) {
    if (index < end) continue;
    // Most are `tracer` and `trace`.
    const [before] = isInName.test(source[index - 1] ?? '')
      ? (nameBefore.exec(source.slice(Math.max(0, index - mostLetters), index)) ?? [''])
      : [''];
    behind.lastIndex = index;
    const name = before + (behind.exec(source)?.[0] ?? '');
    end = index - before.length + name.length;
    if (ofSetUp.test(name)) addToGroup(found, name, index);
  }
  return found;
}

/** Java and C# find what they start by annotations. */
const readers = /^(?:java|csharp)$/;
const exportedWithout = /\bmodule\.exports\s*=|\bexport default\b/;

/**
 * The names by one of which another file must call the function that a call stands in: nothing in the file does but
 * functions that another file must call, too, and no framework. Undefined where others can call it in other ways.
 */
export function calledOnlyBy(
  file: FileFacts,
  { inFunction }: Pick<CallExpression, 'inFunction'>,
): readonly string[] | undefined {
  const first = [...enclosing(inFunction)].at(-1);
  const { source } = file.syntax;
  if (first === undefined || readers.test(file.language) || exportedWithout.test(source)) return undefined;
  const known = file.get(namesHere);
  const found = new Set<string>();
  const open = new Set([first]);
  for (const made of open) {
    const { name, className } = made;
    const owner = file.syntax.classes.find(each => each.name === className);
    if (made.decorators.length > 0 || (owner !== undefined && owner.bases.length > 0)) return undefined;
    const names = (className === undefined ? [name] : [name, className]).filter(each => known.has(each));
    // What has an ordinary name may be called anywhere.
    if (!names.includes(className ?? name)) return undefined;
    const { start: written, end } = owner?.at ?? made.at;
    // `const setUpTracing = () => …`
    const start = source.lastIndexOf('\n', written) + 1;
    for (const each of names) {
      found.add(each);
      for (const at of known.get(each) ?? []) {
        if ((at >= start && at <= end) || isInList(source, at)) continue;
        const caller = file.syntax.functions.find(
          ({ parent, bodyAt }) => parent === undefined && bodyAt.start <= at && at < bodyAt.end,
        );
        if (caller === undefined) return undefined;
        open.add(caller);
      }
    }
  }
  return [...found];
}

/** `export { TracingService };` */
function isInList(source: string, at: number): boolean {
  const start = source.lastIndexOf('{', at);
  return (
    start > 0 &&
    !source.slice(start, at).includes('}') &&
    /\bexport\s*$/.test(source.slice(Math.max(0, start - 20), start))
  );
}

function namesHere({ syntax }: FileFacts): ReadonlyMap<string, readonly number[]> {
  return setUpNames(syntax.source);
}
