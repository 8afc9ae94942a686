import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Introduction } from '../protocol/control.ts';

/** Secret of one engine's life, and the challenges of one connection: 32 random bytes in hex. */
export function randomSecret(): string {
  return randomBytes(32).toString('hex');
}

/** What the prover of a role sends to show that it knows the token. The two roles keep an answer from being echoed. */
export function proofOf(
  token: string,
  role: 'engine' | 'client',
  clientNonce: string,
  engineNonce: string,
): string {
  return createHmac('sha256', token).update(`${role}:${clientNonce}:${engineNonce}`).digest('hex');
}

export function isSameProof(expected: string, given: unknown): boolean {
  if (typeof given !== 'string' || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(given, 'latin1'));
}

/** `undefined` if both ends understand each other, else a sentence for the user. */
export function versionConflict(
  own: Introduction,
  other: Introduction,
  otherEnd: 'engine' | 'client',
): string | undefined {
  if (other.protocolVersion === own.protocolVersion) return undefined;
  const end = otherEnd === 'engine' ? 'the running engine' : 'the client';
  const remedy =
    other.protocolVersion > own.protocolVersion
      ? 'update this one'
      : 'close the windows and commands that use the older version';
  return (
    `${end} is Spanline ${other.version} (protocol ${other.protocolVersion}), this is ${own.version} ` +
    `(protocol ${own.protocolVersion}): ${remedy}`
  );
}
