import type { Edit, Fix } from '../rules/rule.ts';

/** The text after the edits. Throws a RangeError if two of them overlap or one lies outside the text. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = inOrder(edits);
  let result = '';
  let at = 0;
  for (const { start, end, newText } of sorted) {
    if (start < at || end < start || end > text.length)
      throw new RangeError(`the edit ${start}–${end} overlaps another or lies outside the text`);
    result += text.slice(at, start) + newText;
    at = end;
  }
  return result + text.slice(at);
}

/**
 * As many of the fixes as can be applied together, first come first served; the same insertion (an import) is made
 * once. What is left out is found again in the next round.
 */
export function combineFixes(fixes: readonly Fix[]): {
  readonly edits: readonly Edit[];
  readonly applied: readonly Fix[];
} {
  const edits: Edit[] = [];
  const applied: Fix[] = [];
  for (const fix of fixes) {
    const added = fix.edits.filter(edit => !edits.some(other => isSame(edit, other)));
    if (added.some(edit => edits.some(other => collide(edit, other)))) continue;
    edits.push(...added);
    applied.push(fix);
  }
  return { edits: inOrder(edits), applied };
}

function inOrder(edits: readonly Edit[]): Edit[] {
  return [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
}

function isSame(a: Edit, b: Edit): boolean {
  return a.start === b.start && a.end === b.end && a.newText === b.newText && a.path === b.path;
}

function collide(a: Edit, b: Edit): boolean {
  if (a.path !== b.path) return false;
  if (a.start === b.start && a.end === b.end) return true;
  return a.start < b.end && b.start < a.end;
}
