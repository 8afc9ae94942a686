import type { Extent } from '../../facts/syntax.ts';
import type { ConfigFacts } from '../types.ts';

type Mutable<T> = T extends readonly (infer Item)[] ? Item[] : never;

/** The facts of a configuration file while it is read. Lists can be long: nothing is spread into a call. */
export class Draft {
  readonly environment: Mutable<ConfigFacts['environment']> = [];
  readonly dependencies: Mutable<ConfigFacts['dependencies']> = [];
  readonly commands: Mutable<ConfigFacts['commands']> = [];
  readonly copies: Mutable<ConfigFacts['copies']> = [];
  readonly annotations: Mutable<ConfigFacts['annotations']> = [];
  readonly services: Mutable<ConfigFacts['services']> = [];
  readonly components: Mutable<ConfigFacts['components']> = [];
  comments: Extent[] = [];
  role: ConfigFacts['role'];

  /** A variable whose value is static unless it is interpolated. */
  variable(
    name: string,
    nameAt: Extent,
    value: string | undefined,
    valueAt: Extent | undefined,
    at: Extent,
    scope: string | undefined,
  ): void {
    const isStatic = value !== undefined && !/\$\{|\$\(|\$[A-Za-z_]|\{\{|<%|%\w+%/.test(value);
    const fallback = isStatic ? undefined : /^\$\{\w+:?-([^${}]*)\}$/.exec(value ?? '')?.[1];
    this.environment.push({
      name,
      nameAt,
      value: isStatic ? value : undefined,
      ...(fallback === undefined ? {} : { fallback }),
      valueAt,
      at,
      scope,
    });
  }

  /** A command with the variables that are set in front of it. */
  command(text: string, at: Extent, scope: string | undefined): void {
    if (text.trim() !== '') this.commands.push({ text, at, scope });
  }
}

/** Fills a draft from a text. What is broken is skipped. */
export type ConfigReader = (source: string, draft: Draft, path: string) => void;

export interface Line extends Extent {
  readonly text: string;
}

/** The lines of a text, without line breaks. */
export function* linesOf(source: string): Generator<Line> {
  for (let start = 0; start <= source.length; ) {
    const newline = source.indexOf('\n', start);
    const next = newline < 0 ? source.length + 1 : newline + 1;
    const end = next - 1 - (source[next - 2] === '\r' && newline >= 0 ? 1 : 0);
    yield { start, end, text: source.slice(start, end) };
    start = next;
  }
}

/** `K=V` with offsets; undefined without `=`. Quotes around the value are not part of it. */
export function assignment(
  text: string,
  start: number,
): { name: string; nameAt: Extent; value: string; valueAt: Extent } | undefined {
  const match = /^\s*([A-Za-z_][\w.-]*)\s*=\s*/.exec(text);
  if (match === null) return undefined;
  const nameStart = start + text.indexOf(match[1]);
  const raw = text.slice(match[0].length).trimEnd();
  const quoted = /^(["'])(.*)\1$/s.exec(raw);
  const value = quoted === null ? raw : quoted[2];
  const valueStart = start + match[0].length + (quoted === null ? 0 : 1);
  return {
    name: match[1],
    nameAt: { start: nameStart, end: nameStart + match[1].length },
    value,
    valueAt: { start: valueStart, end: valueStart + value.length },
  };
}
