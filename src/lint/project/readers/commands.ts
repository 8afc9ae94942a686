import type { Extent } from '../../facts/syntax.ts';
import type { ConfigDependency } from '../types.ts';
import { assignment, type Draft, linesOf } from './draft.ts';

const installers: readonly { readonly pattern: RegExp; readonly ecosystem: ConfigDependency['ecosystem'] }[] =
  [
    { pattern: /\bpip3?\s+install\s|\buv\s+(?:pip\s+install|add)\s|\bpoetry\s+add\s/g, ecosystem: 'pypi' },
    {
      pattern: /\b(?:npm\s+(?:i|install|add)|yarn\s+(?:global\s+)?add|pnpm\s+(?:i|install|add))\s/g,
      ecosystem: 'npm',
    },
  ];

/** What a command line installs by name, and commands that set up more (`opentelemetry-bootstrap`). */
export function readInstalled(text: string, at: Extent, draft: Draft): void {
  for (const { pattern, ecosystem } of installers)
    for (const match of text.matchAll(pattern)) {
      const from = match.index + match[0].length;
      const line = /^[^;&|\n]*/.exec(text.slice(from))?.[0] ?? '';
      for (const word of line.matchAll(
        /(?<![^\s"'])["']?(@?[A-Za-z][\w./-]*)(?:\[[^\]]*\])?(?:(?:[=~<>!]=?|@)+([\w.*^~-]+))?/g,
      )) {
        const [, name, version] = word;
        if (/\.txt$|^\.|\/\//.test(name)) continue;
        const start = at.start + from + word.index + word[0].indexOf(name);
        const nameAt = { start, end: start + name.length };
        const dependency = { ecosystem, name: pypiName(ecosystem, name), version, dev: false };
        draft.dependencies.push({ ...dependency, at: nameAt, nameAt });
      }
    }
  if (/opentelemetry-bootstrap|opentelemetry-javaagent|edot-bootstrap/.test(text))
    draft.command(text.trim(), at, undefined);
}

function pypiName(ecosystem: ConfigDependency['ecosystem'], name: string): string {
  return ecosystem === 'pypi' ? name.toLowerCase().replaceAll(/[_.]/g, '-') : name;
}

/** `web: gunicorn app:app`. */
export function readProcfile(source: string, draft: Draft): void {
  for (const { start, end, text } of linesOf(source)) {
    const match = /^([\w-]+):\s*(.*)$/.exec(text);
    if (match !== null) draft.command(match[2], { start: end - match[2].length, end }, match[1]);
    else if (/^\s*#/.test(text)) draft.comments.push({ start: start + text.indexOf('#'), end });
  }
}

/** What in a script can start or set up telemetry. */
const telling =
  /opentelemetry|otel|--require|--import|-javaagent|ddtrace|newrelic|JAVA_TOOL_OPTIONS|NODE_OPTIONS|CORECLR/i;

/** Shell scripts and makefiles: variables that are set and commands that are run, where they concern telemetry. */
export function readScript(source: string, draft: Draft): void {
  for (const { start, end, text } of linesOf(source)) {
    const comment = /^\s*#/.exec(text);
    if (comment !== null) {
      draft.comments.push({ start: start + text.indexOf('#'), end });
      continue;
    }
    if (!telling.test(text)) continue;
    const at = { start: end - text.trimStart().length, end };
    for (const match of text.matchAll(/(?<![\w$.-])[A-Z][A-Z0-9_]*=(?:"[^"]*"|'[^']*'|[^\s;&|]*)/g)) {
      const pair = assignment(match[0], start + match.index);
      if (pair === undefined) continue;
      const entry = { start: start + match.index, end: start + match.index + match[0].length };
      draft.variable(pair.name, pair.nameAt, pair.value, pair.valueAt, entry, undefined);
    }
    draft.command(text.trim(), at, undefined);
    readInstalled(text, { start, end }, draft);
  }
}
