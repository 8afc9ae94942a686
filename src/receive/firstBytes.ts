import type { Socket } from 'node:net';

/** What a client speaks, as its first bytes tell. */
export type Spoken = 'http1' | 'http2' | 'tls';

/** The start of the HTTP/2 connection preface; no HTTP/1 method has it. */
const http2Start = Buffer.from('PRI ');
/** The first byte of a TLS handshake record. */
const tlsHandshake = 0x16;

/**
 * Looks at the first bytes of a connection and leaves them in place. Calls `decided` at most once and in the same turn
 * in which the bytes are seen, so that no byte arrives between that and the reader that is attached there. Clients
 * that send nothing in time, or go away, are disconnected.
 */
export function lookAtFirstBytes(socket: Socket, timeoutMs: number, decided: (spoken: Spoken) => void): void {
  const overdue = setTimeout(() => socket.destroy(), timeoutMs);
  socket.on('close', () => clearTimeout(overdue));
  let seen: Buffer = Buffer.alloc(0);
  const look = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    else if (socket.readableEnded || socket.destroyed) return;
    const spoken = spokenIn(seen);
    if (spoken === undefined) return void socket.once('readable', look);
    clearTimeout(overdue);
    socket.unshift(seen);
    decided(spoken);
  };
  socket.once('end', () => socket.destroy());
  socket.once('readable', look);
}

/** Undefined: too few bytes to tell. */
function spokenIn(bytes: Buffer): Spoken | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes[0] === tlsHandshake) return 'tls';
  const length = Math.min(bytes.length, http2Start.length);
  if (!bytes.subarray(0, length).equals(http2Start.subarray(0, length))) return 'http1';
  return length === http2Start.length ? 'http2' : undefined;
}
