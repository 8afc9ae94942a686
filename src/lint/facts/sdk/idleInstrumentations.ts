import type { FileFacts } from '../fileFacts.ts';
import { type Import, isScript } from '../syntax.ts';

/**
 * What a file of Python or of scripts imports to instrument a library, and never names again: a registration that is
 * forgotten, or gone.
 */
export function idleInstrumentations(file: FileFacts): readonly Import[] {
  const { imports, comments, source } = file.syntax;
  if (!(file.language === 'python' || isScript(file.language)) || reExports.test(file.path)) return [];
  const found = imports.filter(
    ({ module, name, local, typeOnly }) =>
      !typeOnly && ofInstrumentations.test(module) && instruments.test(name) && /^[\w$]+$/.test(local),
  );
  if (found.length === 0) return [];
  const left = without(source, [
    ...imports.map(({ statementAt }) => statementAt),
    ...comments.map(({ at }) => at),
  ]);
  return found.filter(
    ({ local }) => !new RegExp(`(?<![\\w$])${local.replaceAll('$', '\\$')}(?![\\w$])`).test(left),
  );
}

const reExports = /(?:^|\/)(?:__init__\.py|index\.[cm]?[jt]sx?)$/;
const ofInstrumentations = /^opentelemetry\.instrumentation\.|^@opentelemetry\/instrumentation-/;
const instruments = /Instrumentor(?:Client|Server)?$|Instrumentation$/;

function without(source: string, parts: readonly { readonly start: number; readonly end: number }[]): string {
  let left = '';
  let from = 0;
  for (const { start, end } of parts.toSorted((one, other) => one.start - other.start)) {
    if (start > from) left += `${source.slice(from, start)} `;
    from = Math.max(from, end);
  }
  return left + source.slice(from);
}
