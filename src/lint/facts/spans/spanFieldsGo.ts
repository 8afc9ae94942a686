import type { FileFacts } from '../fileFacts.ts';
import { lastName } from './spanDrops.ts';
import { isEnding } from './spanUses.ts';

/** Of Go: the fields that structs of the file declare to be spans, whatever they are called. */
export function fieldsOfSpans({ language, syntax }: FileFacts): ReadonlySet<string> {
  if (language !== 'go') return new Set();
  const fields = syntax.classes.flatMap(each => each.fields.flatMap(({ targets }) => targets));
  return new Set(fields.flatMap(({ path, typeName }) => (typeName === 'trace.Span' ? path : [])));
}

/** Of Go: those, and the fields that are ended here or given to what may end them, whichever file declares them. */
export function fieldsUsed(file: FileFacts): ReadonlySet<string> {
  const found = new Set(file.get(fieldsOfSpans));
  if (file.language !== 'go') return found;
  for (const { callee, receiver, arguments: given } of file.syntax.calls)
    for (const each of isEnding(callee) ? [receiver] : endsGiven.test(callee) ? given : [])
      if (each?.type === 'reference' && each.path.includes('.')) found.add(lastName(each.path));
  return found;
}

const endsGiven = /end|finish|close|complete|stop/i;
