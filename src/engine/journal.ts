import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal, JournalInUseError } from '../store/journal/journal.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { isAnswering } from './controlServer.ts';
import type { Log } from './log.ts';
import { readPrivateFile, writePrivateFile } from './privateFile.ts';
import { withStartLock } from './startLock.ts';
import { makeStateDirectory } from './stateDirectory.ts';

export interface JournalPlace {
  readonly stateDirectory: string;
  /** Where this engine is listening: an engine that answers at the address in the owner's file owns the journal. */
  readonly address: string;
}

/** Opens the journal of a state directory, and replays it into the store. */
export function openJournal(
  place: JournalPlace,
  store: TraceStore,
  budgetBytes: number,
  log: Log,
): Promise<Journal> {
  return Journal.open({
    directory: directoryIn(place.stateDirectory),
    store,
    budgetBytes,
    claim: () => claim(place),
    report: event => log.write(event),
  });
}

/** Erases what an engine with a journal left, if no other one keeps its journal there. Rejects with the errors of the file system. */
export async function eraseJournal(place: JournalPlace): Promise<void> {
  const directory = directoryIn(place.stateDirectory);
  if (!existsSync(directory)) return;
  try {
    const release = await claim(place);
    await rm(directory, { recursive: true, force: true });
    await release();
  } catch (error) {
    if (!(error instanceof JournalInUseError)) throw error;
  }
}

/** Engines at control addresses of their own may have a state directory in common: one of them keeps its journal there. */
async function claim({ stateDirectory, address }: JournalPlace): Promise<() => Promise<void>> {
  const path = join(stateDirectory, 'journal.owner');
  await makeStateDirectory(stateDirectory);
  await withStartLock(join(stateDirectory, 'journal.lock'), async () => {
    const owner = (await readPrivateFile(path))?.trim();
    if (owner !== undefined && owner !== '' && owner !== address && (await isAnswering(owner)))
      throw new JournalInUseError(`the engine at ${owner} keeps its journal in ${stateDirectory}`);
    await writePrivateFile(path, `${address}\n`);
  });
  return () => rm(path, { force: true });
}

function directoryIn(stateDirectory: string): string {
  return join(stateDirectory, 'journal');
}
