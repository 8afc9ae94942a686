import { cp, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callSites } from '../locate/fixtureWorkspace.ts';

/** A copy of the call-site fixtures that a test may change; the caller removes it. */
export async function temporaryCopy(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'spanline-workspace-')));
  await cp(callSites, folder, { recursive: true });
  return folder;
}
