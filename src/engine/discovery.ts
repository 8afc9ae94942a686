import { join } from 'node:path';
import type { Endpoints } from '../protocol/control.ts';
import { givenControlAddress, tokenFileOf } from './controlAddress.ts';
import { readPrivateFile, writePrivateFile } from './privateFile.ts';

/** How clients reach an engine. */
export interface ControlEndpoint {
  /** Path of a Unix socket, or name of a Windows pipe. */
  readonly address: string;
  /** The secret that both ends prove to know. */
  readonly token: string;
}

/** The content of the discovery file: written by the engine when it is ready, removed when it stops. */
export interface Discovery extends ControlEndpoint {
  readonly pid: number;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endpoints: Endpoints;
}

export function discoveryFile(stateDirectory: string): string {
  return join(stateDirectory, 'engine.json');
}

export async function writeDiscovery(stateDirectory: string, discovery: Discovery): Promise<void> {
  await writePrivateFile(discoveryFile(stateDirectory), `${JSON.stringify(discovery, undefined, 2)}\n`);
}

/** `undefined` if there is none, or none that can be read as one; its engine may be dead. */
export async function readDiscovery(stateDirectory: string): Promise<Discovery | undefined> {
  const text = await readPrivateFile(discoveryFile(stateDirectory));
  if (text === undefined) return undefined;
  try {
    const found = JSON.parse(text) as Partial<Discovery> | null;
    const complete = typeof found?.address === 'string' && typeof found.token === 'string';
    return complete && typeof found.pid === 'number' ? (found as Discovery) : undefined;
  } catch {
    return undefined;
  }
}

/** The engine at a given address, or the user's; `undefined` if nothing says that there is one. */
export async function findEngine(
  control: string | undefined,
  stateDirectory: string,
): Promise<ControlEndpoint | undefined> {
  if (control === undefined) return readDiscovery(stateDirectory);
  const address = givenControlAddress(control);
  const token = await readPrivateFile(tokenFileOf(address));
  return token === undefined ? undefined : { address, token: token.trim() };
}
