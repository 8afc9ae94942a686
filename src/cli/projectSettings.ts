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

/** What the `spanline.json` of a folder says; nothing if there is none. */
export async function settingsOf(folder: string): Promise<LintSettings> {
  const path = join(folder, 'spanline.json');
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere ? readSettings(path, relative(process.cwd(), path).split(sep).join('/')) : {};
}
