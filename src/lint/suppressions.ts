import type { RuleInfo } from '../model/rule.ts';
import type { Extent } from './facts/syntax.ts';
import { lineEnd, lineStart, removeStatement } from './fixes/text.ts';
import type { Fix } from './rules/rule.ts';

/** `spanline-ignore SPL201: reason`; `-file`, `-start`, `-end`. Rules by id, prefix (`SPL2`) or name. */
const directive =
  /spanline[-:]ignore(?:-(?<scope>file|start|end))?(?![\w-])[ \t]*(?<rules>(?:[A-Za-z][\w-]*(?:[ \t]*,[ \t]*)?)*?)(?:[ \t]*:[ \t]*(?<reason>[^\n]*?)|[ \t]+(?<loose>[^\n:,]*?))?[ \t]*(?:\*\/|\*\/\}|-->)?$/im;

/** What neighbours call the same thing. */
const neighbours: readonly { readonly pattern: RegExp; readonly rules: readonly string[] }[] = [
  { pattern: /^\/\/\s*nolint:(?:[\w,]*\b)?spancheck\b/, rules: ['SPL301', 'SPL303'] },
  { pattern: /^#\s*noqa:.*\bS105\b|gitleaks:allow|secretlint-disable/, rules: ['SPL203'] },
];

interface Directive {
  readonly at: Extent;
  readonly scope: 'line' | 'file' | 'start' | 'end';
  readonly rules: readonly string[];
  readonly reason: string;
  /** Offsets that it speaks for. */
  readonly covers: Extent;
  /** Not ours: not judged for reason and use. */
  readonly foreign: boolean;
  used: boolean;
}

/** A finding about suppression comments themselves. */
export interface SuppressionProblem {
  readonly rule: 'SPL001' | 'SPL002';
  readonly at: Extent;
  readonly message: string;
  readonly fixes: readonly Fix[];
}

/** The suppression comments of a file. */
export class Suppressions {
  readonly #source: string;
  readonly #directives: Directive[];

  /** @param comments extents of the comments, from syntax: strings contain `//` too */
  constructor(source: string, comments: readonly Extent[]) {
    this.#source = source;
    this.#directives = readDirectives(source, comments);
  }

  /** The reason of the comment that suppresses the rule there (`` if it gives none); undefined if none does. */
  reasonFor(rule: Pick<RuleInfo, 'id' | 'name'>, at: Extent): string | undefined {
    const lines = {
      start: lineStart(this.#source, at.start),
      end: lineEnd(this.#source, Math.max(at.start, at.end - 1)),
    };
    const found = this.#directives.find(
      ({ covers, rules, scope }) =>
        scope !== 'end' && matches(rules, rule) && covers.start <= lines.end && lines.start <= covers.end,
    );
    if (found === undefined) return undefined;
    found.used = true;
    return found.reason;
  }

  /**
   * Comments without a rule or a reason, and those that suppressed nothing. Ask after all findings have been asked for.
   * @param ran whether the rule was on for this file: only then "suppresses nothing" can be said
   */
  problems(ran: (rule: string) => boolean): SuppressionProblem[] {
    return this.#directives.flatMap((each): SuppressionProblem[] => {
      if (each.foreign || each.scope === 'end') return [];
      if (each.rules.length === 0)
        return [
          {
            rule: 'SPL001',
            at: each.at,
            message:
              'This comment names no rule, so it suppresses nothing. Write `spanline-ignore SPL201: reason`.',
            fixes: [],
          },
        ];
      if (!each.used && each.rules.every(ran))
        return [
          {
            rule: 'SPL002',
            at: each.at,
            message: `Nothing is reported here for ${each.rules.join(', ')}: the comment can go.`,
            fixes: [
              { title: 'Remove the comment', kind: 'safe', edits: [removeStatement(this.#source, each.at)] },
            ],
          },
        ];
      if (each.reason === '')
        return [
          {
            rule: 'SPL001',
            at: each.at,
            message: `Say why ${each.rules.join(', ')} is ignored: \`spanline-ignore ${each.rules[0]}: reason\`.`,
            fixes: [],
          },
        ];
      return [];
    });
  }
}

function readDirectives(source: string, comments: readonly Extent[]): Directive[] {
  const found: Directive[] = [];
  let open: { index: number; rules: readonly string[] }[] = [];
  comments.forEach((at, index) => {
    const text = source.slice(at.start, at.end);
    const foreign = neighbours.find(({ pattern }) => pattern.test(text));
    if (foreign !== undefined)
      found.push(
        made(
          at,
          'line',
          foreign.rules,
          'suppressed for another linter',
          lineScope(source, comments, index),
          true,
        ),
      );
    const match = directive.exec(text);
    if (match?.groups === undefined) return;
    const scope = (match.groups.scope?.toLowerCase() ?? 'line') as Directive['scope'];
    const rules = (match.groups.rules ?? '').split(',').flatMap(rule => rule.trim() || []);
    const reason = (match.groups.reason ?? match.groups.loose ?? '').trim();
    const covers =
      scope === 'file'
        ? { start: 0, end: source.length }
        : scope === 'line'
          ? lineScope(source, comments, index)
          : { start: at.start, end: scope === 'start' ? source.length : at.start };
    if (scope === 'end') {
      const closed = open.filter(each => rules.length === 0 || each.rules.some(rule => rules.includes(rule)));
      for (const { index: start } of closed)
        found[start] = { ...found[start], covers: { start: found[start].covers.start, end: at.end } };
      open = open.filter(each => !closed.includes(each));
    }
    if (scope === 'start') open.push({ index: found.length, rules });
    found.push(made(at, scope, rules, reason, covers, false));
  });
  return found;
}

function made(
  at: Extent,
  scope: Directive['scope'],
  rules: readonly string[],
  reason: string,
  covers: Extent,
  foreign: boolean,
): Directive {
  return { at: { start: at.start, end: at.end }, scope, rules, reason, covers, foreign, used: false };
}

/** The comment's own line; for a comment that stands alone, the next line that is no comment. */
function lineScope(source: string, comments: readonly Extent[], index: number): Extent {
  const { start, end } = comments[index];
  const own = { start: lineStart(source, start), end: lineEnd(source, end) };
  // JSX wraps its comments: {/* … */}
  if (!/^[\s{]*$/.test(source.slice(own.start, start)) || !/^[\s}]*$/.test(source.slice(end, own.end)))
    return own;
  let next = own.end + 1;
  for (let following = index + 1; following < comments.length; following++) {
    const comment = comments[following];
    if (source.slice(next, comment.start).trim() !== '') break;
    next = lineEnd(source, comment.end) + 1;
  }
  while (next < source.length && source.slice(next, lineEnd(source, next)).trim() === '')
    next = lineEnd(source, next) + 1;
  return { start: own.start, end: lineEnd(source, Math.min(next, source.length)) };
}

function matches(rules: readonly string[], { id, name }: Pick<RuleInfo, 'id' | 'name'>): boolean {
  return rules.some(
    rule => rule.toLowerCase() === name || (/^SPL\d*$/i.test(rule) && id.startsWith(rule.toUpperCase())),
  );
}
