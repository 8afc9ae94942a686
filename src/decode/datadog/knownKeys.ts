/** Attributes with a meaning of their own: they become fields of the span or its resource. */
const names = [
  '_dd.hostname',
  '_dd.p.tid',
  '_dd.span_links',
  'env',
  'error.message',
  'error.msg',
  'error.stack',
  'error.type',
  'events',
  'language',
  'runtime-id',
  'span.kind',
  'version',
] as const;
export type KnownKey = (typeof names)[number];

interface Entry {
  readonly name: KnownKey;
  readonly bytes: Uint8Array;
}

const byLength: (Entry[] | undefined)[] = [];
for (const name of names) (byLength[name.length] ??= []).push({ name, bytes: Buffer.from(name) });

/** The key in `bytes[from … to)` if it is one of them. */
export function knownKey(bytes: Uint8Array, from: number, to: number): KnownKey | undefined {
  const candidates = byLength[to - from];
  if (candidates === undefined) return undefined;
  next: for (const { name, bytes: wanted } of candidates) {
    // From the end: many begin with `error.`.
    for (let i = wanted.length - 1; i >= 0; i--) if (bytes[from + i] !== wanted[i]) continue next;
    return name;
  }
  return undefined;
}
