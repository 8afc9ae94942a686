import { version } from '../../package.json';
import { type Introduction, protocolVersion } from '../protocol/control.ts';

/** How this process introduces itself to the other end of a control connection. */
export const introduction: Introduction = { protocolVersion, version, pid: process.pid };

/** Whether a version comes before another, as Semantic Versioning orders them; one that cannot be read does not. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [parse(version), parse(than)];
  if (a === undefined || b === undefined) return false;
  for (let i = 0; i < a.numbers.length; i++)
    if (a.numbers[i] !== b.numbers[i]) return a.numbers[i] < b.numbers[i];
  if (a.preview === undefined || b.preview === undefined)
    return a.preview !== undefined && b.preview === undefined;
  return a.preview.localeCompare(b.preview, 'en', { numeric: true }) < 0;
}

function parse(version: string): { numbers: readonly number[]; preview: string | undefined } | undefined {
  const parts = /^(\d+)\.(\d+)\.(\d+)(?:-([^+]+))?/.exec(version);
  return parts === null ? undefined : { numbers: parts.slice(1, 4).map(Number), preview: parts[4] };
}
