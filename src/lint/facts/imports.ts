import { nothing } from './references.ts';
import type { Extent, FileSyntax, Import, Statement } from './syntax.ts';
import { statementsIn, within } from './walk.ts';

/** Whether what a file imports is named there again, to do something: in code, in an extent of it where one is given. */
export function isUsed(syntax: FileSyntax, { local }: Import, inside?: Extent): boolean {
  const { source, imports, comments } = syntax;
  const named = new RegExp(`(?<![\\w$])${local.replaceAll('$', '\\$')}(?![\\w$])`, 'g');
  const elsewhere: readonly Extent[] = [
    ...imports.map(({ statementAt }) => statementAt),
    ...comments.map(({ at }) => at),
  ];
  const isIn = (at: Extent, index: number) => index >= at.start && index < at.end;
  const found = [...source.matchAll(named)].filter(
    ({ index }) => (inside === undefined || isIn(inside, index)) && !elsewhere.some(at => isIn(at, index)),
  );
  if (found.length === 0) return false;
  const idle = statementsIn(syntax.body, true).flatMap(idleIn);
  return !found.every(({ index }) => idle.some(at => isIn(at, index)));
}

/** What names something and does nothing with it: docstrings, `if Instrumentor:`, `Instrumentor = None`. */
function idleIn(statement: Statement): readonly Extent[] {
  switch (statement.type) {
    case 'expression':
      return statement.expression.type === 'text' ? [statement.at] : [];
    case 'if':
      return within(statement.condition).some(({ type }) => type === 'call') ? [] : [statement.condition.at];
    case 'bind':
      return statement.values.some(({ at }) => !nothing.test(at.text)) ? [] : [statement.at];
    default:
      return [];
  }
}
