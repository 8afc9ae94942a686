import { remembered } from '../base/remembered.ts';
import data from './data/registry.json';

/**
 * The registry of the semantic conventions: which attribute keys there are, and which are no longer to be used.
 * Generated from the model (build/semconv.mjs); keys of newer releases are known without their meaning.
 */
export const registryVersion: string = data.version;

export interface Deprecation {
  /** The one key to write instead, if there is one with the same meaning and type. */
  readonly renamedTo: string | undefined;
  /** What to do, in the words of the registry: `Use … instead.` */
  readonly note: string;
  /** Version of the conventions that deprecated it, as far as it is known. */
  readonly since: string | undefined;
}

/** `any`: not told by the version that is read here. */
export type AttributeType = 'string' | 'int' | 'double' | 'boolean' | 'any' | `${string}[]`;

/** Whether a value of that type is what the conventions ask for: whole numbers are numbers, and lists are not looked into. */
export function fitsType(given: string, wanted: AttributeType): boolean {
  return (
    wanted === 'any' || wanted.endsWith(']') || given === wanted || (given === 'int' && wanted === 'double')
  );
}

export interface AttributeInfo {
  readonly type: AttributeType;
  /** It has a list of well-known values. */
  readonly enumerated: boolean;
  readonly stability: 'stable' | 'release_candidate' | 'development';
  /** It describes what sends telemetry, and belongs on the resource; `both`: on spans as well. */
  readonly place: 'span' | 'resource' | 'both';
  /** Version that added it; undefined for those of 1.22 and before. */
  readonly added: string | undefined;
  /** Version that made it stable; undefined if it is not, and for those from before 1.23. */
  readonly stableSince: string | undefined;
}

const attributes = lazy(() => new Map(Object.entries<string>(data.attributes)));
const templates = lazy(() => new Map(Object.entries<string>(data.templates)));
const deprecated = lazy(
  () => new Map(Object.entries(data.deprecated as { [key: string]: (string | null)[] })),
);
const moved = lazy(() => new Set<string>(data.moved));
const namespaces = lazy(
  () => new Set([...attributes().keys(), ...templates().keys()].map(key => key.slice(0, key.indexOf('.')))),
);

/** Why a key is no longer to be used. */
export function deprecation(key: string): Deprecation | undefined {
  const found = deprecated().get(key);
  if (found === undefined) return undefined;
  const [renamedTo, since, note] = found;
  return {
    renamedTo: renamedTo ?? undefined,
    since: since ?? undefined,
    note: note ?? `Use \`${renamedTo}\` instead.`,
  };
}

/** What the registry says of a key; for `http.request.header.accept` what it says of its template. */
export const attributeInfo = remembered((key: string): AttributeInfo | undefined => {
  const found = attributes().get(key) ?? templates().get(key) ?? templateOf(key);
  if (found === undefined) return undefined;
  const [type, stability, place, added, stableSince] = found.split(' ');
  return {
    type: (type === 'enum' ? 'string' : type.replace('-enum', '')) as AttributeType,
    enumerated: type.endsWith('enum'),
    stability: stability as AttributeInfo['stability'],
    place: place as AttributeInfo['place'],
    added: known(added),
    stableSince: known(stableSince),
  };
});

/** Whether the registry has the key, deprecated or not, moved or not. */
export function isKnownKey(key: string): boolean {
  return attributeInfo(key) !== undefined || deprecated().has(key) || moved().has(key);
}

/** Whether the key went to the registry of another repository: it is not deprecated, and what it means is said there. */
export function isMoved(key: string): boolean {
  return moved().has(key);
}

/** Whether the conventions have keys that begin with the name: `http`, `db`. */
export function isRegisteredNamespace(namespace: string): boolean {
  return namespaces().has(namespace);
}

/** Whether keys are made by appending a segment: `http.request.header`. */
export function isTemplate(key: string): boolean {
  return templates().has(key);
}

/**
 * The key in use that a misspelt one was meant to be: at most two letters away, and the only one that near.
 */
export const nearestKey = remembered((key: string): string | undefined => {
  const body = sizeOfBody.exec(key);
  if (body !== null) return `http.${body[1]}.body.size`;
  let nearest: string | undefined;
  let least = 3;
  for (const candidate of attributes().keys()) {
    if (Math.abs(candidate.length - key.length) > 2 || deprecated().has(candidate)) continue;
    const distance = editDistance(key, candidate, 2);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    } else if (distance === least) nearest = undefined;
  }
  return nearest !== undefined && least > 0 && isMisspelling(key, nearest) ? nearest : undefined;
});

/** What people measure is the body; `http.request.size` is one of headers and body together. */
const sizeOfBody = /^http\.(request|response)_?(?:body_?|content_?)?(?:size|length)$/;

/** Every key that the registry knows, deprecated and moved ones too. */
export function* knownKeys(): Generator<string> {
  yield* attributes().keys();
  yield* templates().keys();
  for (const key of deprecated().keys()) if (!attributes().has(key) && !templates().has(key)) yield key;
}

/**
 * One segment differs and is long enough to be recognised, or only its separators or the order of its letters are
 * wrong. Short ones may be words of their own: `id`, `ids`.
 */
function isMisspelling(key: string, meant: string): boolean {
  const [a, b] = [key.split('.'), meant.split('.')];
  if (a.length !== b.length) return key.replaceAll(/[._]/g, '') === meant.replaceAll(/[._]/g, '');
  const different = a.flatMap((segment, index) => (segment === b[index] ? [] : [[segment, b[index]]]));
  if (different.length !== 1) return false;
  const [[written, right]] = different;
  // `service.id` is no `device.id`.
  if (namespaces().has(written)) return false;
  return written.length >= 5 || [...written].sort().join() === [...right].sort().join();
}

function templateOf(key: string): string | undefined {
  for (const [prefix, info] of templates())
    if (key.startsWith(prefix) && key[prefix.length] === '.' && key.length > prefix.length + 1) return info;
  return undefined;
}

/** Letters to insert, remove, replace or swap with their neighbour; anything above `most` is `most + 1`. */
function editDistance(a: string, b: string, most: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2] + 1);
      row.push(cost);
    }
    if (Math.min(...row) > most) return most + 1;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length], most + 1);
}

function known(version: string | undefined): string | undefined {
  return version === '-' ? undefined : version;
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
