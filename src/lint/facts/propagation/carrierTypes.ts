import type { CodeEvidence } from '../../project/types.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { FunctionSyntax } from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import { carrierArgument, isInjection } from './injections.ts';
import type { MissingInjection } from './missingInjections.ts';

/** Names that types may have through which headers are written. */
const names = /(?<!\w)(\w*(?:carrier|headers?|wrapp?er|adapt[eo]r|metadata|attributes|textmap))(?!\w)/gi;

/** Where a type is made and told what it can do: nobody uses it there. */
const declarations =
  /\/\/.*|\bfunc \(\w* ?\*?\w+\)|^[ \t]*type[ \t]+\w+|^[ \t]*(?:var[ \t]+)?_[ \t]+[\w.]+[ \t]*=.*/gm;

/** Of Go: the names of types that carriers of the package may have, as far as the file uses them. */
export function carrierTypesUsed({ language, path, syntax: { source } }: FileFacts): CodeEvidence[] {
  if (language !== 'go') return [];
  const used = new Set(
    [...source.replace(declarations, '').matchAll(names)].map(([, name]) => nameIn(path, name)),
  );
  return [...used].map(name => ({ kind: 'uses', name, at: { start: 0, end: 0 } }));
}

/** What begins with a small letter is known in its package alone. */
function nameIn(path: string, name: string): string {
  return /^[A-Z]/.test(name) ? name : `${path.slice(0, path.lastIndexOf('/') + 1)}${name}`;
}

/** Of Go: types with the methods of a carrier that nothing is made of, in a file and in what else is in the project. */
export function* idleCarrierTypes({
  language,
  path,
  project,
  syntax,
}: FileFacts): Generator<MissingInjection> {
  if (language !== 'go') return;
  for (const { name, nameAt } of syntax.classes) {
    const methods = syntax.functions.filter(({ className }) => className === name);
    const has = (method: string, parameters: number) =>
      methods.some(each => each.name === method && each.parameters.length === parameters);
    if (!has('Get', 1) || !has('Set', 2) || !has('Keys', 0)) continue;
    names.lastIndex = 0;
    if (names.test(name) && !project.does('uses', nameIn(path, name)))
      yield { at: nameAt, name, kind: 'type' };
  }
}

/** Of Go: `func (c carrier) Set(key, value string) { c.headers = append(c.headers, …) }`: the field of a copy. */
export function lossySetters(file: FileFacts): readonly FunctionSyntax[] {
  if (file.language !== 'go') return [];
  const lossy = file.syntax.functions.filter(
    made => made.name === 'Set' && made.parameters.length === 2 && changesCopy(made),
  );
  if (lossy.length === 0) return lossy;
  const injected = file.syntax.calls.flatMap(call => {
    const carrier = isInjection(file, call) ? carrierArgument(file, call) : undefined;
    const made = carrier && file.names.resolve(carrier, call.inFunction);
    return made?.type === 'object' ? (made.typeName ?? []) : [];
  });
  return lossy.filter(({ className = '' }) => injected.includes(className));
}

function changesCopy({ at, body, receiverName }: FunctionSyntax): boolean {
  if (receiverName === undefined || /^func \(\w+ \*/.test(at.text)) return false;
  const field = new RegExp(`^${receiverName}\\.\\w+ =`);
  return statementsIn(body).some(each => each.type === 'bind' && field.test(each.at.text));
}
