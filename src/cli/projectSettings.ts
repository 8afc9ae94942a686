import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type LintSettings, problemsOfSettings } from '../lint/configuration/spanlineJson.ts';
import { isRule } from '../lint/rules/allRules.ts';
import { CommandError } from './command.ts';

/** A `spanline.json`. Throws a `CommandError` that names what is wrong with it. */
export async function readSettings(path: string, shown: string): Promise<LintSettings> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new CommandError(`${shown}: ${(error as Error).message}`);
  }
  const [problem, ...others] = problemsOfSettings(value, isRule);
  if (problem !== undefined)
    throw new CommandError(`${shown}: ${problem}${others.length > 0 ? ` (and ${others.length} more)` : ''}`);
  return value as LintSettings;
}

/** What the `spanline.json` of a folder says; nothing if there is none. Throws a `CommandError` as `readSettings` does. */
export async function settingsOf(folder: string): Promise<LintSettings> {
  const path = join(folder, 'spanline.json');
  const shown = relative(process.cwd(), path).split(sep).join('/');
  return (await statOf(path, shown)) === undefined ? {} : readSettings(path, shown);
}

/** What lies there; undefined if nothing does. Throws a `CommandError` if that cannot be told. */
export async function statOf(path: string, shown: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CommandError(`${shown}: ${message}`);
  }
}
