import { readFileSync } from 'node:fs';

/** Bytes that a process has had in memory at once at most, on Linux. */
export function mostResident(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) * 1024;
}
