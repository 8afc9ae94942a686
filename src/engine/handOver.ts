import { ControlClient, ControlError, EngineLostError } from './controlClient.ts';
import type { ControlEndpoint } from './discovery.ts';

/** Time for an engine to answer what has arrived, write its journal and close. */
const handOverMs = 15_000;

/**
 * Asks an older engine to make room, whatever its version; call it under the start lock. True when it has stopped: then all
 * that it had acknowledged is in its journal. False if it will not, or not in time.
 */
export async function takeOverFrom(engine: ControlEndpoint): Promise<boolean> {
  let client: ControlClient | undefined;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    client?.dispose();
  }, handOverMs);
  try {
    client = await ControlClient.connect(engine, { anyVersion: true });
    const connection = client;
    const closed = new Promise<void>(resolve => connection.onDidClose(() => resolve()));
    const { stopping } = await connection.request('engine/handOver', {});
    if (!stopping) return false;
    await closed;
    return !late;
  } catch (error) {
    if (error instanceof EngineLostError) return !late;
    if (error instanceof ControlError) return false;
    throw error;
  } finally {
    clearTimeout(timer);
    client?.dispose();
  }
}
