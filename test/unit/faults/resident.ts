import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** What an engine may take beside its budget: Node, the collector's heap, bodies in flight, garbage. */
const besideBudget = 150_000_000;

/** That an engine never had more in memory than its budget and 150 MB, on Linux. */
export function assertResident(pid: number, budgetBytes: number): void {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  const most = Number(kilobytes) * 1024;
  assert.ok(most <= budgetBytes + besideBudget, `${Math.round(most / 1e6)} MB were resident`);
}
