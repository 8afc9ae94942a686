// Writes src/semconv/data/registry.json from the model of the semantic conventions:
//
//   git clone https://github.com/open-telemetry/semantic-conventions && npm run semconv -- ./semantic-conventions
//
// Not part of the build. It reads the newest tag of the clone (the default branch is ahead of what is released), and
// older tags to learn since when a key is there and since when it is deprecated. The schema file adds the keys that are
// gone from the model. The names of constants of @opentelemetry/semantic-conventions are checked: those that cannot be
// derived from their keys are written down. Run `biome check --write src/semconv/data` afterwards, and read the diff.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as stable from '@opentelemetry/semantic-conventions';
import * as incubating from '@opentelemetry/semantic-conventions/incubating';
import { parse, parseDocument } from 'yaml';

const clone = process.argv[2];
if (clone === undefined) {
  console.error('usage: npm run semconv -- <clone of open-telemetry/semantic-conventions>');
  process.exit(2);
}
const git = (...args) =>
  execFileSync('git', ['-C', resolve(clone), ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });

/** Renames in the schema of keys that never were. */
const mistakes = new Set(['io.state']);

const tags = git('tag', '--list', 'v1.*')
  .split('\n')
  .filter(tag => /^v1\.\d+\.\d+$/.test(tag))
  .sort(compareVersions);
const newest = tags.at(-1);
const models = tags.map(tag => readModel(tag));
const model = models.at(-1);

const published = await readPackage();

/**
 * key → type, stability, where it belongs, version that added it, version that made it stable; `-` for a version that
 * is older than what is read here.
 */
const attributes = {};
const templates = {};
for (const [key, { type, stability }] of sorted(model.attributes)) {
  const template = /^template\[(.+)\]$/.exec(type);
  const place = !model.entityKeys.has(key) ? 'span' : model.otherKeys.has(key) ? 'both' : 'resource';
  const added = firstTag(each => each.attributes.has(key));
  const stable =
    stability === 'stable' ? firstTag(each => each.attributes.get(key)?.stability === 'stable') : undefined;
  (template === null ? attributes : templates)[key] = [
    template?.[1] ?? type,
    stability,
    place,
    added ?? '-',
    stable ?? '-',
  ]
    .join(' ')
    .replace(/(?: -)+$/, '');
}
for (const [key] of sorted(published))
  if (!model.attributes.has(key)) attributes[key] = 'any development span';

const deprecated = {};
const moved = [];
const schemaRenames = readSchema();
for (const [key, { deprecated: mark }] of sorted(model.attributes)) {
  if (mark === undefined || !key.includes('.')) continue;
  const since = earlier(
    firstTag(each => each.attributes.get(key)?.deprecated !== undefined),
    schemaRenames.get(key)?.version,
  );
  if (isMoved(noteOf(mark))) moved.push(key);
  else deprecated[key] = entry(mark.renamed_to, noteOf(mark), since);
}
for (const [key, { to, version }] of sorted(schemaRenames)) {
  // The model is the judge: it knows which renames were taken back, and which keys were split.
  if (model.attributes.has(key) || mistakes.has(key)) continue;
  if (model.attributes.has(lastName(to))) deprecated[key] = entry(to, '', version);
}

write('registry.json', { version: newest.slice(1), attributes, templates, deprecated, moved });
writeConstants();

/** `[new key or null, since or null, note]`; without the note where it only says the new key. */
function entry(renamedTo, note, since) {
  const target = renamedTo === undefined ? undefined : lastName(renamedTo);
  const problem =
    target === undefined
      ? undefined
      : noteOf(model.attributes.get(target)?.deprecated ?? published.get(target));
  if (problem !== undefined && problem !== '') return [null, since ?? null, problem];
  return target === undefined ? [null, since ?? null, note] : [target, since ?? null];
}

/** Follows renames of renames, in the model and in the schema. */
function lastName(name) {
  const seen = new Set([name]);
  for (let at = name; ; ) {
    const next =
      model.attributes.get(at)?.deprecated?.renamed_to ??
      (model.attributes.has(at) ? undefined : schemaRenames.get(at)?.to);
    if (next === undefined || seen.has(next)) return at;
    seen.add(next);
    at = next;
  }
}

function noteOf(mark) {
  const note = typeof mark === 'string' ? mark : (mark?.note ?? '');
  return note.replace(/\s+/g, ' ').trim();
}

function isMoved(note) {
  return /moved to .*repository/i.test(note);
}

function firstTag(has) {
  const index = models.findIndex(has);
  // What the oldest tags already have is older than that; nobody knows how old.
  return index > 1 ? tags[index].slice(1) : undefined;
}

function earlier(a, b) {
  if (a === undefined || b === undefined) return a ?? b;
  return compareVersions(`v${a}`, `v${b}`) < 0 ? a : b;
}

/** Both formats: `groups:` and `file_format: definition/2`. */
function readModel(tag) {
  const keys = new Map();
  const groups = new Map();
  const used = [];
  for (const path of git('ls-tree', '-r', '--name-only', tag, 'model').split('\n')) {
    if (!/\.ya?ml$/.test(path) || path.endsWith('manifest.yaml')) continue;
    // Old tags break lines inside quotes without indentation, which other readers of YAML let pass.
    const document = parseDocument(git('show', `${tag}:${path}`), { logLevel: 'silent' }).toJS();
    for (const attribute of document.attributes ?? []) define(attribute.key, attribute);
    for (const group of document.groups ?? []) {
      for (const attribute of group.attributes ?? [])
        if (attribute.id !== undefined)
          define(
            // Before 1.24 ids are relative to the prefix of the group.
            group.prefix !== undefined && !attribute.id.startsWith(`${group.prefix}.`)
              ? `${group.prefix}.${attribute.id}`
              : attribute.id,
            attribute,
          );
      add(group.id, group.type === 'resource' ? 'entity' : (group.type ?? 'span'), group);
    }
    for (const group of document.attribute_groups ?? []) add(group.id, 'attribute_group', group);
    for (const kind of ['spans', 'span_refinements', 'events', 'event_refinements'])
      for (const group of document[kind] ?? []) add(group.type ?? group.id, 'span', group);
    for (const group of document.entities ?? []) add(group.type, 'entity', group);
  }
  const refsOf = kinds => {
    const found = new Set();
    const open = used.filter(({ kind }) => kinds.includes(kind)).map(({ group }) => group);
    const seen = new Set(open);
    for (let group = open.pop(); group !== undefined; group = open.pop()) {
      for (const each of [
        ...(group.attributes ?? []),
        ...(group.identity ?? []),
        ...(group.description ?? []),
      ]) {
        if (each.ref !== undefined) found.add(each.ref);
        follow(each.ref_group);
      }
      follow(group.extends);
    }
    return found;
    function follow(id) {
      const next = groups.get(id);
      if (next === undefined || seen.has(next)) return;
      seen.add(next);
      open.push(next);
    }
  };
  return { attributes: keys, entityKeys: refsOf(['entity']), otherKeys: refsOf(['span', 'event']) };

  function define(key, { type, stability, brief, deprecated: mark }) {
    const plain = typeof type === 'object' ? enumType(type) : type;
    // In old tags being deprecated is a stability.
    const old = stability === 'deprecated';
    keys.set(key, {
      type: plain,
      stability: old ? 'development' : (stability ?? 'development'),
      deprecated: mark ?? (old ? brief : undefined),
    });
  }
  function add(id, kind, group) {
    groups.set(id, group);
    used.push({ kind, group });
  }
}

function enumType({ members }) {
  return members.every(({ value }) => typeof value === 'number') ? 'int-enum' : 'enum';
}

/**
 * The renames of attributes of spans and resources. Keys without a dot (`state`, `type`) are renames of attributes of
 * single metrics.
 */
function readSchema() {
  const { versions } = parse(git('show', `${newest}:schemas/${newest.slice(1)}`));
  const renames = new Map();
  const inOrder = Object.keys(versions).sort((a, b) => compareVersions(`v${a}`, `v${b}`));
  for (const version of inOrder)
    for (const section of ['all', 'resources', 'spans'])
      for (const change of versions[version]?.[section]?.changes ?? [])
        for (const [from, to] of Object.entries(change.rename_attributes?.attribute_map ?? {}))
          if (from.includes('.')) renames.set(from, { to, version });
  return renames;
}

/** Keys of the attributes of @opentelemetry/semantic-conventions → what it says of those that are deprecated. */
async function readPackage() {
  const found = new Map();
  for (const file of ['stable_attributes', 'experimental_attributes']) {
    const url = new URL(
      `../node_modules/@opentelemetry/semantic-conventions/dist/${file}.d.mts`,
      import.meta.url,
    );
    const text = await readFile(url, 'utf8');
    for (const [, comment, key] of text.matchAll(
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*declare const ATTR_\w+: "([^"]+)"/g,
    )) {
      const note = /@deprecated\s+([^\n]+)/.exec(comment)?.[1] ?? '';
      found.set(key, isMoved(note) ? '' : note);
    }
  }
  return found;
}

/** Constants whose names do not tell their keys, or could be those of two. */
function writeConstants() {
  const keys = new Set([...[attributes, templates, deprecated].flatMap(Object.keys), ...moved]);
  const bySnake = new Map();
  for (const key of keys) {
    const name = key.toUpperCase().replaceAll(/[.-]/g, '_');
    bySnake.set(name, [...(bySnake.get(name) ?? []), key]);
  }
  const irregular = {};
  for (const [name, value] of [stable, incubating].flatMap(Object.entries)) {
    const match = /^(?:ATTR|SEMATTRS|SEMRESATTRS)_(.+)$/.exec(name);
    if (match === null || typeof value !== 'string') continue;
    const [key, ...others] = bySnake.get(match[1]) ?? [];
    if (key !== value || others.length > 0) irregular[name] = value;
  }
  write('constants.json', irregular);
}

function write(name, value) {
  writeFileSync(
    new URL(`../src/semconv/data/${name}`, import.meta.url),
    `${JSON.stringify(value, null, 1)}\n`,
  );
}

function sorted(map) {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function compareVersions(a, b) {
  const [x, y] = [a, b].map(version => version.slice(1).split('.').map(Number));
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}
