import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TraceViews } from '../query/traceViews.ts';
import { TraceStore } from '../store/traceStore.ts';
import { controlAnswers } from './answers/controlAnswers.ts';
import { Readers } from './answers/parts.ts';
import { announceChanges } from './changes.ts';
import { defaultControlAddress, givenControlAddress, lockFileOf, tokenFileOf } from './controlAddress.ts';
import { AddressInUseError, ControlServer, isAnswering } from './controlServer.ts';
import { discoveryFile, readDiscovery, writeDiscovery } from './discovery.ts';
import { randomSecret } from './handshake.ts';
import { IdleTimer } from './idleTimer.ts';
import { Ingest } from './ingest.ts';
import { closeJournal, openJournal } from './journal.ts';
import type { Log } from './log.ts';
import { writePrivateFile } from './privateFile.ts';
import { Receivers, type ReceiversOptions } from './receivers.ts';
import { Rejections } from './rejections.ts';
import { withStartLock } from './startLock.ts';
import { makeStateDirectory } from './stateDirectory.ts';
import { introduction } from './version.ts';

export interface EnginePlan {
  readonly stateDirectory: string;
  /** Address to listen on; absent: the engine becomes the user's, found by the discovery file. */
  readonly control?: string;
  readonly ports: ReceiversOptions['ports'];
  readonly hosts?: readonly string[];
  readonly allowedHosts?: readonly string[];
  readonly budgetBytes: number;
  /** Whether what is stored is kept on the disk too. */
  readonly journal: boolean;
  /** Absent: it does not stop when idle. */
  readonly idleSeconds?: number;
  readonly log: Log;
}

/** A running engine: receivers, store and control server, wired. */
export class Engine {
  readonly address: string;
  readonly receivers: Receivers;
  /** Resolves when everything is closed. */
  readonly stopped: Promise<void>;
  readonly #close: () => Promise<void>;
  #stopping: Promise<void> | undefined;
  #resolveStopped!: () => void;

  private constructor(address: string, receivers: Receivers, close: () => Promise<void>) {
    this.address = address;
    this.receivers = receivers;
    this.#close = close;
    this.stopped = new Promise(resolve => {
      this.#resolveStopped = resolve;
    });
  }

  /**
   * Throws `AddressInUseError` if the user's engine, or one at the given address, runs already, and `PortTakenError`
   * for a port that may not move.
   */
  static async start(plan: EnginePlan): Promise<Engine> {
    const given = plan.control === undefined ? undefined : givenControlAddress(plan.control);
    // An engine at an address of its own needs it for its journal only.
    if (given === undefined) await makeStateDirectory(plan.stateDirectory);
    const lock = given === undefined ? join(plan.stateDirectory, 'engine.lock') : lockFileOf(given);
    const engine = await withStartLock(lock, async () => {
      if (given === undefined) await refuseSecondEngine(plan.stateDirectory);
      return Engine.#open(plan, given, lock);
    });
    plan.log.write(
      `engine ${introduction.version} listening: ${JSON.stringify(engine.receivers.endpoints)}, control ${engine.address}`,
    );
    return engine;
  }

  static async #open(plan: EnginePlan, given: string | undefined, lock: string): Promise<Engine> {
    const { log, stateDirectory } = plan;
    const store = new TraceStore({ budgetBytes: plan.budgetBytes });
    const readers = new Readers(store);
    const rejections = new Rejections();
    const token = randomSecret();
    const address = given ?? (await defaultControlAddress(stateDirectory));
    if (await isAnswering(address))
      throw new AddressInUseError(`an engine is listening at ${address} already`);
    // What a dead engine left must not be taken for this one's: nobody finds this engine before it has written its own.
    await rm(tokenFileOf(address), { force: true });
    if (given === undefined) await rm(discoveryFile(stateDirectory), { force: true });
    const server = await ControlServer.listen(address, token, log, client => {
      const views = new TraceViews(store, readers.summaries);
      const changes = announceChanges(client, store, views);
      client.onDidClose(() => changes.dispose());
      return controlAnswers({ store, readers, ingest, journal, receivers, rejections, views });
    });
    // No client gets in before this: the token is written last. No sender does before what was kept is stored again.
    const place = { stateDirectory, address };
    const journal = plan.journal ? await openJournal(place, store, plan.budgetBytes, log) : undefined;
    const ingest = new Ingest(store, log, journal);
    const receivers = await Receivers.open({
      ...plan,
      policy: { hosts: plan.allowedHosts },
      sink: ingest,
      rejections,
    }).catch(async error => {
      await closeJournal(journal, place);
      await server.close();
      throw error;
    });
    const idle =
      plan.idleSeconds === undefined ? undefined : new IdleTimer(plan.idleSeconds, () => void engine.stop());
    server.onDidChangeClients(clients => idle?.clientsChanged(clients));
    const engine = new Engine(address, receivers, async () => {
      idle?.dispose();
      await receivers.close();
      await closeJournal(journal, place);
      // Under the lock, lest it is the next engine's that are removed.
      await withStartLock(lock, async () => {
        await server.close();
        await rm(tokenFileOf(address), { force: true });
        if (given === undefined) await rm(discoveryFile(stateDirectory), { force: true });
      });
      log.write('engine stopped');
    });
    await writePrivateFile(tokenFileOf(address), `${token}\n`);
    if (given === undefined)
      await writeDiscovery(stateDirectory, {
        pid: process.pid,
        address,
        token,
        version: introduction.version,
        startedAt: new Date().toISOString(),
        endpoints: receivers.endpoints,
      });
    return engine;
  }

  /** Finishes the requests that have arrived, then closes everything. */
  stop(): Promise<void> {
    this.#stopping ??= this.#close().finally(() => this.#resolveStopped());
    return this.#stopping;
  }
}

async function refuseSecondEngine(stateDirectory: string): Promise<void> {
  const running = await readDiscovery(stateDirectory);
  if (running !== undefined && (await isAnswering(running.address)))
    throw new AddressInUseError(
      `an engine runs already (process ${running.pid}, control ${running.address})`,
    );
}
