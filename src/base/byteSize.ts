/** In powers of 1000 (SI) and 1024 (IEC 80000-13). */
const units: { readonly [unit: string]: number } = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** For those who wrote something else. */
export const byteSizeForms = '512MB, 512 MiB or 0.5GB';

/**
 * `512MB`, `512 MiB`, `0.5gb` → whole bytes, at least 1. A number without a unit counts in `plainUnit` bytes. `undefined` for
 * anything else: `512M` means a different number to every program.
 */
export function byteSize(text: string, plainUnit: number): number | undefined {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const factor = unit === '' ? plainUnit : units[unit.toLowerCase()];
  const bytes = Math.round(Number(number) * factor);
  return Number.isSafeInteger(bytes) && bytes >= 1 ? bytes : undefined;
}
