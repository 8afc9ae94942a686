import { type ConstantLanguage, constantFor } from '../../semconv/constants.ts';
import { attributeInfo } from '../../semconv/registry.ts';
import { type SemconvUse, semconvUseAt } from '../facts/attributes/semconvUses.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Extent } from '../facts/syntax.ts';
import type { Service } from '../project/types.ts';
import type { Edit } from '../rules/rule.ts';
import { importNames } from './imports.ts';
import { replace } from './text.ts';

/** What writes another key at the place of a literal or a constant; undefined if no constant is sure to be there. */
export function replacementAt(
  file: FileFacts,
  at: Extent,
  key: string,
  service: Service,
): readonly Edit[] | undefined {
  const written = file.syntax.source.slice(at.start, at.end);
  const literal = /^(?:@|[a-zA-Z]?)(["'`])[\w.-]+\1$/.exec(written);
  if (literal !== null)
    return [replace({ start: at.start + written.indexOf(literal[1]) + 1, end: at.end - 1 }, key)];
  const use = semconvUseAt(file, at);
  return use === undefined ? undefined : replacementOf(file, use, key, service);
}

/** The constant of another key instead, with its import. */
export function replacementOf(
  file: FileFacts,
  { at, constant }: SemconvUse,
  key: string,
  service: Service,
): readonly Edit[] | undefined {
  const language = constantLanguage(file);
  if (language === undefined) return undefined;
  const version = constant.version ?? service.dependencies.get('@opentelemetry/semantic-conventions');
  const wanted = constantFor(language, key, version);
  if (wanted === undefined) return undefined;
  if (language === 'go') {
    const prefix = at.text.slice(0, at.text.lastIndexOf('.') + 1);
    if (constant.form === 'key') return [replace(at, `${prefix}${wanted.name}`)];
    // Keys with a list of values have no function that takes any.
    return attributeInfo(key)?.enumerated === false
      ? [replace(at, prefix + wanted.name.slice(0, -3))]
      : undefined;
  }
  const [{ local, edits }] = importNames(file, [wanted]);
  return [replace(at, local), ...edits];
}

function constantLanguage({ language }: FileFacts): ConstantLanguage | undefined {
  return language === 'csharp'
    ? undefined
    : language === 'typescript' || language === 'tsx'
      ? 'javascript'
      : language;
}
