import { idHex } from '../../model/ids.ts';
import type { TraceStore } from '../traceStore.ts';

const idBytes = 16;

/** The pinned traces of a store: their ids, after a byte that keeps the record of none from being empty. */
export function pinnedTraces({ traces }: TraceStore): Uint8Array {
  const ids: number[] = [];
  for (let row = 0; row < traces.rows; row++)
    if (traces.isLive(row) && traces.pinned[row] !== 0) ids.push(row);
  const bytes = new Uint8Array(1 + ids.length * idBytes);
  ids.forEach((row, index) => {
    const words = traces.id.subarray(4 * row, 4 * row + 4);
    bytes.set(Buffer.from(idHex(words, 0, 4), 'hex'), 1 + index * idBytes);
  });
  return bytes;
}

/** Pins those that are stored. */
export function pinTraces(store: TraceStore, pins: Uint8Array): void {
  for (let at = 1; at + idBytes <= pins.length; at += idBytes) {
    const row = store.traces.rowOf(Buffer.from(pins.subarray(at, at + idBytes)).toString('hex'));
    if (row >= 0 && store.traces.pinned[row] === 0) store.pin(row, true);
  }
}
