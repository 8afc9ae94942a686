import type { Extent, FileSyntax, Import } from './syntax.ts';

/** Whether what a file imports is named there again: in code, in an extent of it where one is given. */
export function isUsed(
  { source, imports, comments }: FileSyntax,
  { local }: Import,
  within?: Extent,
): boolean {
  const elsewhere: readonly Extent[] = [
    ...imports.map(({ statementAt }) => statementAt),
    ...comments.map(({ at }) => at),
  ];
  const named = new RegExp(`(?<![\\w$])${local.replaceAll('$', '\\$')}(?![\\w$])`, 'g');
  for (const { index } of source.matchAll(named))
    if (
      (within === undefined || (index >= within.start && index < within.end)) &&
      !elsewhere.some(at => index >= at.start && index < at.end)
    )
      return true;
  return false;
}
