import type { SpanSighting } from '../../model/evidence.ts';
import type { SpanToLocate } from '../../model/source.ts';
import { codeKeys } from '../../semconv/code.ts';
import type { Anchor } from '../rules/rule.ts';

/** A finding's line as spans may know it. */
export interface AnchoredLine {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly endLine: number;
  readonly anchor: Anchor;
  /** Names of the service that the file belongs to, as far as they are written somewhere. */
  readonly serviceNames: readonly string[];
}

/** How spans were tied to a line; `sure` ones may make an error of it. */
export interface Tie {
  readonly method: string;
  readonly sure: boolean;
}

const byPosition: Tie = { method: 'code position', sure: true };
const byScopeAndName: Tie = { method: 'scope and span name', sure: true };
const byName: Tie = { method: 'span name', sure: false };

/** Ties spans to the line that starts them. */
export function tieToSpan(line: AnchoredLine, sighting: SpanSighting): Tie | undefined {
  if (sighting.span !== undefined && isPositionOf(line, sighting.span)) return byPosition;
  const { spanName, scopeName } = line.anchor;
  if (spanName === undefined || !matches(spanName, sighting.spanName)) return undefined;
  if (!mayBeOf(line, sighting.serviceName)) return undefined;
  if (scopeName === undefined) return hasText(spanName) ? byName : undefined;
  if (!isScope(line.path, scopeName, sighting.scopeName)) return undefined;
  return typeof spanName === 'string' ? byScopeAndName : byName;
}

/** Whether a service is the line's; where the line's is not known, it may be any. */
export function mayBeOf({ serviceNames }: AnchoredLine, serviceName: string): boolean {
  return serviceNames.length === 0 || serviceNames.includes(serviceName);
}

/** Whether a text is what is written, with anything for what varies. */
export function matches(written: string | readonly (string | null)[], text: string): boolean {
  if (typeof written === 'string') return written === text;
  const [first = null, ...rest] = written;
  if (first !== null && !text.startsWith(first)) return false;
  let at = first?.length ?? 0;
  for (const [index, part] of rest.entries()) {
    if (part === null) continue;
    const isLast = index === rest.length - 1;
    const found = isLast ? text.length - part.length : text.indexOf(part, at);
    if (found < at || !text.startsWith(part, found)) return false;
    at = found + part.length;
  }
  return written.at(-1) === null || at === text.length;
}

/** Enough is written to tell it from others. */
function hasText(written: string | readonly (string | null)[]): boolean {
  return typeof written === 'string' || written.some(part => part !== null && part.trim().length >= 3);
}

/** `__name__` stands for the module's name, which Python makes of the path. */
function isScope(path: string, written: string, scopeName: string): boolean {
  if (written !== '__name__') return written === scopeName;
  const module = path.replace(/(?:\/__init__)?\.py$/, '').replaceAll('/', '.');
  return scopeName === '__main__' || module === scopeName || module.endsWith(`.${scopeName}`);
}

function isPositionOf({ path, line, endLine }: AnchoredLine, { attributes }: SpanToLocate): boolean {
  const text = (keys: readonly string[]): string | undefined => {
    const value = attributes.find(({ key }) => keys.includes(key))?.value;
    if (value === undefined) return undefined;
    return 'stringValue' in value ? value.stringValue : 'intValue' in value ? value.intValue : undefined;
  };
  const file = text(codeKeys.filePath)
    ?.replace(/^file:\/\//, '')
    .replaceAll('\\', '/');
  const at = Number(text(codeKeys.lineNumber));
  return file !== undefined && (file === path || file.endsWith(`/${path}`)) && line <= at && at <= endLine;
}
