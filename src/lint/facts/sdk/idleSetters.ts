import { literally } from '../../../base/literally.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { MissingInjection } from '../propagation/missingInjections.ts';

/** Types of Java and C# that are there to inject, or to extract, and nothing else. */
const typed = /(?:^|[\s.])(?:TextMap(?:Setter|Propagator)|(?!Bean|Property)\w+Setter)\b/;
const named = /inject|propagat|trac(?:e|ing)|header|^set/i;

/**
 * What is left over of an injection that is gone, of Java and C#: private setters of carriers, and propagators, which
 * nothing uses.
 */
export function* idleSetters(file: FileFacts): Generator<MissingInjection> {
  const { language, syntax } = file;
  if ((language !== 'java' && language !== 'csharp') || !file.importsOpenTelemetry) return;
  for (const { fields } of syntax.classes)
    for (const { targets, values, at } of fields)
      for (const { path, typeName, at: nameAt } of targets)
        if (
          typed.test(typeName ?? '') &&
          /\bprivate\b/.test(at.text) &&
          !isUsed(file, path, values.length > 0)
        )
          yield { at: nameAt, name: path, kind: 'setter' };
  if (language !== 'csharp') return;
  for (const { name, nameAt, at, parameters, parent } of syntax.functions) {
    const [, key, value] = parameters;
    if (parameters.length !== 3 || key.typeName !== 'string' || !/^string\??$/.test(value.typeName ?? ''))
      continue;
    const isOwn = parent !== undefined || /\bprivate\b/.test(syntax.source.slice(at.start, nameAt.start));
    if (isOwn && named.test(name) && !isUsed(file, name, false)) yield { at: nameAt, name, kind: 'setter' };
  }
}

/** Named anywhere but where it is declared or assigned to. */
function isUsed({ syntax: { source } }: FileFacts, name: string, hasValue: boolean): boolean {
  const word = `(?<![\\w$])${literally(name)}(?![\\w$])`;
  const all = source.match(new RegExp(word, 'g')) ?? [];
  const assigned = source.match(new RegExp(`${word}\\s*=(?!=|>)`, 'g')) ?? [];
  return all.length - assigned.length > (hasValue ? 0 : 1);
}
