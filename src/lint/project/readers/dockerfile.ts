import type { Extent } from '../../facts/syntax.ts';
import { readInstalled } from './commands.ts';
import { assignment, type Draft, linesOf } from './draft.ts';
import { parseJson } from './json.ts';

/** A Dockerfile: `ENV`, `COPY` from the context, `CMD`, `ENTRYPOINT`, and what `RUN` installs. */
export function readDockerfile(source: string, draft: Draft): void {
  let stage: string | undefined;
  for (const { keyword, text, start, end } of instructions(source, draft)) {
    const at = { start, end };
    if (keyword === 'FROM') stage = /\sAS\s+(\S+)/i.exec(text)?.[1];
    else if (keyword === 'ENV') readVariables(text, at, stage, draft);
    else if (keyword === 'CMD' || keyword === 'ENTRYPOINT') draft.command(commandText(text), at, stage);
    else if (keyword === 'COPY' || keyword === 'ADD') readCopy(text, at, draft);
    else if (keyword === 'RUN') readInstalled(text, at, draft);
  }
}

interface Instruction extends Extent {
  readonly keyword: string;
  /** Behind the keyword; line continuations and comments between are spaces. */
  readonly text: string;
}

function* instructions(source: string, draft: Draft): Generator<Instruction> {
  let open: { keyword: string; text: string; start: number; end: number } | undefined;
  for (const { start, end, text } of linesOf(source)) {
    if (/^\s*#/.test(text)) {
      draft.comments.push({ start: start + text.indexOf('#'), end });
      continue;
    }
    const continues = /\\\s*$/.test(text);
    const body = continues ? text.replace(/\\(\s*)$/, ' $1') : text;
    if (open === undefined) {
      const match = /^\s*([A-Za-z]+)(?=\s|$)/.exec(body);
      if (match === null) continue;
      open = {
        keyword: match[1].toUpperCase(),
        text: body.slice(match[0].length),
        start: start + match[0].length,
        end,
      };
    } else {
      // As long as what it stands for, so that offsets stay right.
      open.text = open.text.padEnd(start - open.start) + body;
      open.end = end;
    }
    if (continues) continue;
    yield open;
    open = undefined;
  }
  if (open !== undefined) yield open;
}

/** `ENV A=1 B="x y"`, and the old `ENV A some value`. */
function readVariables(text: string, at: Extent, scope: string | undefined, draft: Draft): void {
  const old = /^\s*([A-Za-z_]\w*)\s+(?!=)(.*)$/s.exec(text);
  if (old !== null && !/^\s*\w+=/.test(text)) {
    const nameStart = at.start + text.indexOf(old[1]);
    const valueStart = at.start + text.length - old[2].length;
    const valueAt = { start: valueStart, end: valueStart + old[2].trimEnd().length };
    const nameAt = { start: nameStart, end: nameStart + old[1].length };
    draft.variable(old[1], nameAt, old[2].trim(), valueAt, { start: nameStart, end: valueAt.end }, scope);
    return;
  }
  for (const match of text.matchAll(/[A-Za-z_]\w*=(?:"(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s\\]|\\.)*)/g)) {
    const start = at.start + match.index;
    const pair = assignment(match[0], start);
    if (pair === undefined) continue;
    const entry = { start, end: start + match[0].length };
    draft.variable(pair.name, pair.nameAt, pair.value, pair.valueAt, entry, scope);
  }
}

/** What comes from another stage or from the network is not of this project. */
function readCopy(text: string, at: Extent, draft: Draft): void {
  if (/\s--from=/.test(` ${text}`)) return;
  const [, list] = /^\s*(?:--\S+\s+)*(.*)$/s.exec(text) ?? ['', ''];
  const words = list.trim().startsWith('[')
    ? (parseJson(list.trim()).root.items ?? []).map(item => item.text ?? '')
    : (list.match(/\S+/g) ?? []);
  const to = words.at(-1);
  if (to === undefined) return;
  for (const from of words.slice(0, -1)) if (!from.includes('://')) draft.copies.push({ from, to, at });
}

/** `["node", "app.js"]` as the words that they are. */
function commandText(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[')) return trimmed;
  return (parseJson(trimmed).root.items ?? []).map(item => item.text ?? '').join(' ');
}
