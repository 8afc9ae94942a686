import { imageName, readEnvironment } from './compose.ts';
import { child, type DataEntry, type DataNode, entriesBelow, entriesOf, itemsOf, textOf } from './data.ts';
import type { Draft } from './draft.ts';

/** Kubernetes objects: containers with their variables and commands, annotations, configuration maps. */
export function readKubernetes(root: DataNode, draft: Draft): void {
  const kind = child(root, 'kind')?.text ?? '';
  const name = child(root, 'metadata', 'name');
  readAnnotations(child(root, 'metadata', 'annotations'), draft);
  if (kind === 'ConfigMap') {
    for (const { key, keyAt, value, at } of entriesOf(child(root, 'data')))
      if (isVariable(key)) draft.variable(key, keyAt, value.text, value.at, at, undefined);
    return;
  }
  for (const { entry } of entriesBelow(root)) {
    if (entry.key === 'annotations') readAnnotations(entry.value, draft);
    if (entry.key !== 'containers') continue;
    for (const container of itemsOf(entry.value)) readContainer(container, name, draft);
  }
}

function readContainer(container: DataNode, owner: DataNode | undefined, draft: Draft): void {
  const own = child(container, 'name');
  const scope = own?.text ?? owner?.text;
  const image = child(container, 'image')?.text;
  if (scope !== undefined)
    draft.services.push({
      name: scope,
      folder: undefined,
      at: (own ?? owner)?.at ?? container.at,
      image,
      aliases: [owner?.text, imageName(image)].filter(name => name !== undefined),
    });
  readEnvironment(child(container, 'env'), scope, draft);
  const words = [child(container, 'command'), child(container, 'args')].flatMap(each => textOf(each) ?? []);
  draft.command(words.join(' '), child(container, 'command')?.at ?? container.at, scope);
}

/**
 * Any other YAML that sets variables for something: Helm values, serverless functions, cloud platforms. Scope is the
 * name above the variables.
 */
export function readVariables(root: DataNode, draft: Draft): void {
  readPatch(root, draft);
  for (const { entry, keys } of entriesBelow(root)) {
    const scope = keys.findLast(key => !sections.has(key));
    if (/annotations$/i.test(entry.key)) readAnnotations(entry.value, draft);
    else if (/env|^Variables$/i.test(entry.key) && holdsVariables(entry)) {
      const folder = child(root, 'Resources', scope ?? '', 'Properties', 'CodeUri')?.text;
      if (scope !== undefined) draft.services.push({ name: scope, folder, at: entry.keyAt });
      readEnvironment(entry.value, scope, draft);
    } else if (entry.key === 'command' || entry.key === 'args')
      draft.command(textOf(entry.value) ?? '', entry.value.at, scope);
  }
}

/** JSON patches, of Kustomize: what they patch is said elsewhere, but a name that they give is that of a service. */
function readPatch(root: DataNode, draft: Draft): void {
  const added = itemsOf(root)
    .filter(each => /\/env(?:\/|$)/.test(child(each, 'path')?.text ?? ''))
    .flatMap(each => child(each, 'value') ?? [])
    .flatMap(value => (value.items === undefined ? [value] : value.items));
  const named = added.find(each => child(each, 'name')?.text === 'OTEL_SERVICE_NAME');
  const name = named && child(named, 'value');
  if (name?.text === undefined) return;
  draft.services.push({ name: name.text, folder: undefined, at: name.at });
  readEnvironment({ at: root.at, items: added }, name.text, draft);
}

const sections = new Set(
  'Resources Properties Environment Globals Function components services default env environment global spec template functions provider containers deployment values'.split(
    ' ',
  ),
);

function holdsVariables({ value }: DataEntry): boolean {
  return (
    entriesOf(value).some(({ key }) => isVariable(key)) ||
    itemsOf(value).some(item =>
      isVariable((child(item, 'name') ?? child(item, 'key'))?.text ?? item.text?.split('=')[0] ?? ''),
    )
  );
}

function isVariable(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name);
}

function readAnnotations(node: DataNode | undefined, draft: Draft): void {
  for (const { key, value, at } of entriesOf(node))
    draft.annotations.push({ name: key, value: value.text ?? '', at });
}
