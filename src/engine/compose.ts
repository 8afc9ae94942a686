import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ForwardOptions } from '../backends/forward/options.ts';
import { TraceViews } from '../query/traceViews.ts';
import { TraceStore } from '../store/traceStore.ts';
import { controlAnswers } from './answers/controlAnswers.ts';
import { Readers } from './answers/readers.ts';
import { announceChanges } from './changes.ts';
import { defaultControlAddress, givenControlAddress, lockFileOf, tokenFileOf } from './controlAddress.ts';
import { AddressInUseError, ControlServer, isAnswering } from './controlServer.ts';
import { discoveryFile, readDiscovery, writeDiscovery } from './discovery.ts';
import { Forwarding } from './forwarding.ts';
import { takeOverFrom } from './handOver.ts';
import { randomSecret } from './handshake.ts';
import { IdleTimer } from './idleTimer.ts';
import { Ingest } from './ingest.ts';
import { dropJoinedTraces } from './joinTraces.ts';
import { eraseJournal, openJournal } from './journal.ts';
import type { Log } from './log.ts';
import { OpenFiles } from './openFiles.ts';
import { writePrivateFile } from './privateFile.ts';
import { Receivers, type ReceiversOptions } from './receivers.ts';
import { Rejections } from './rejections.ts';
import { RemoteTraces } from './remoteTraces.ts';
import { remoteViewsOf } from './remoteViews.ts';
import { ResidentMemory } from './residentMemory.ts';
import { followPolicies } from './retention.ts';
import { withStartLock } from './startLock.ts';
import { makeStateDirectory } from './stateDirectory.ts';
import { introduction, isOlder } from './version.ts';

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
  /** Policies of what is evicted later than the rest. Absent: errors and slow traces. */
  readonly keepLonger?: readonly unknown[];
  /** Absent: nothing is forwarded until somebody asks for it. */
  readonly forward?: ForwardOptions;
  /** Absent: it does not stop when idle. */
  readonly idleSeconds?: number;
  /** Whether the user's engine is asked to make room if it is an older version. */
  readonly replacesOlder?: boolean;
  /** Whether the process is the engine's alone: then its memory beside the budget is bounded too. */
  readonly ownsProcess?: boolean;
  readonly log: Log;
}

/** Who holds the start lock while an engine closes: what it removes must not be the next engine's. */
type LockHolder = 'this engine' | 'the next engine';

/** A running engine: receivers, store and control server, wired. */
export class Engine {
  readonly address: string;
  readonly receivers: Receivers;
  /** Resolves when everything is closed. */
  readonly stopped: Promise<void>;
  readonly #close: (holder: LockHolder) => Promise<void>;
  #stopping: Promise<void> | undefined;
  #resolveStopped!: () => void;

  private constructor(address: string, receivers: Receivers, close: (holder: LockHolder) => Promise<void>) {
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
      if (given === undefined) await makeWay(plan);
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
    const memory = plan.ownsProcess ? new ResidentMemory(store, plan.budgetBytes) : undefined;
    const keepLongerProblem = followPolicies(store, plan.keepLonger, log);
    const readers = new Readers(store);
    const rejections = new Rejections();
    const remote = new RemoteTraces();
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
      return controlAnswers({
        store,
        readers,
        ingest,
        forwarding,
        keepLongerProblem,
        journal,
        eraseJournal: async () => (journal === undefined ? eraseJournal(place) : journal.clear()),
        receivers,
        rejections,
        remote,
        ...remoteViewsOf(client, remote),
        files: new OpenFiles(),
        views,
        handOver,
      });
    });
    // No client gets in before this: the token is written last. No sender does before what was kept is stored again.
    const place = { stateDirectory, address };
    const journal = plan.journal ? await openJournal(place, store, plan.budgetBytes, log) : undefined;
    dropJoinedTraces(store);
    const forwarding = new Forwarding(log);
    const ingest = new Ingest(store, log, journal, forwarding);
    const receivers = await Receivers.open({
      ...plan,
      policy: { hosts: plan.allowedHosts },
      sinks: { ingest, store },
      rejections,
      ...(memory !== undefined && { memory: memory.bodies }),
    })
      .then(open => startForwarding(forwarding, plan.forward, open))
      .catch(async error => {
        await journal?.close();
        await server.close();
        throw error;
      });
    const idle =
      plan.idleSeconds === undefined ? undefined : new IdleTimer(plan.idleSeconds, () => void engine.stop());
    server.onDidChangeClients(clients => idle?.clientsChanged(clients));
    const engine = new Engine(address, receivers, async holder => {
      idle?.dispose();
      memory?.dispose();
      await remote.close();
      await receivers.close();
      await forwarding.stop();
      await journal?.close();
      const vanish = async () => {
        await rm(tokenFileOf(address), { force: true });
        if (given === undefined) await rm(discoveryFile(stateDirectory), { force: true });
        // The last step: when the next engine loses its connection, there is nothing left of this one.
        await server.close();
      };
      await (holder === 'this engine' ? withStartLock(lock, vanish) : vanish());
      log.write('engine stopped');
    });
    const handOver = () => {
      if (plan.idleSeconds === undefined || given !== undefined) return false;
      log.write('making room for a newer engine');
      setImmediate(() => void engine.stop('the next engine'));
      return true;
    };
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
  stop(holder: LockHolder = 'this engine'): Promise<void> {
    this.#stopping ??= this.#close(holder).finally(() => this.#resolveStopped());
    return this.#stopping;
  }
}

/** Throws `AddressInUseError` if the user's engine runs, unless it is an older one that makes room. */
async function makeWay({ stateDirectory, replacesOlder, log }: EnginePlan): Promise<void> {
  const running = await readDiscovery(stateDirectory);
  if (running === undefined || !(await isAnswering(running.address))) return;
  const { pid, version, address } = running;
  if (replacesOlder && isOlder(version, introduction.version)) {
    log.write(`asking the engine ${version} (process ${pid}) to make room`);
    if (await takeOverFrom(running)) return;
  }
  throw new AddressInUseError(`an engine runs already (process ${pid}, control ${address})`);
}

/** Throws a `ForwardOptionsError`; the receivers are closed then. */
async function startForwarding(
  forwarding: Forwarding,
  options: ForwardOptions | undefined,
  receivers: Receivers,
): Promise<Receivers> {
  try {
    if (options !== undefined) forwarding.start(options, receivers.openPorts);
    return receivers;
  } catch (error) {
    await receivers.close();
    throw error;
  }
}
