import type { Extent } from '../../facts/syntax.ts';
import { child, type DataNode, entriesOf, itemsOf, textOf } from './data.ts';
import type { Draft } from './draft.ts';

/** The services of a Compose file. */
export function readCompose(root: DataNode, draft: Draft): void {
  for (const { key, keyAt, value } of entriesOf(child(root, 'services'))) {
    const build = child(value, 'build');
    const context = build?.text ?? child(build, 'context')?.text;
    const dockerfile = child(build, 'dockerfile')?.text;
    const image = child(value, 'image')?.text;
    const envFile = child(value, 'env_file');
    draft.services.push({
      name: key,
      folder: build === undefined ? undefined : (context ?? '.'),
      at: keyAt,
      image,
      aliases: [child(value, 'container_name')?.text, imageName(image)].filter(name => name !== undefined),
      dockerfile: dockerfile === undefined ? undefined : `${context ?? '.'}/${dockerfile}`,
      envFiles: [envFile, ...itemsOf(envFile)].flatMap(each => each?.text ?? child(each, 'path')?.text ?? []),
    });
    readEnvironment(child(value, 'environment'), key, draft);
    for (const name of ['command', 'entrypoint']) {
      const command = child(value, name);
      if (command !== undefined) draft.command(textOf(command) ?? '', command.at, key);
    }
    readLabels(child(value, 'labels'), draft);
  }
}

/** Variables in each form that there is: a map, `K=V` items, `{name, value}` items. */
export function readEnvironment(node: DataNode | undefined, scope: string | undefined, draft: Draft): void {
  for (const { key, keyAt, value, at } of entriesOf(node))
    draft.variable(key, keyAt, value.text ?? child(value, 'value')?.text, value.at, at, scope);
  for (const item of itemsOf(node)) {
    const name = child(item, 'name') ?? child(item, 'key');
    if (name?.text !== undefined) {
      const value = child(item, 'value');
      draft.variable(name.text, name.at, value?.text, value?.at, item.at, scope);
    } else if (item.text !== undefined) readPair(item.text, item.at, scope, draft);
  }
}

function readPair(text: string, at: Extent, scope: string | undefined, draft: Draft): void {
  const equals = text.indexOf('=');
  const nameEnd = at.start + (equals < 0 ? text.length : equals);
  const nameAt = { start: at.start, end: nameEnd };
  if (equals < 0) draft.variable(text, nameAt, undefined, undefined, at, scope);
  else
    draft.variable(
      text.slice(0, equals),
      nameAt,
      text.slice(equals + 1),
      { start: nameEnd + 1, end: at.end },
      at,
      scope,
    );
}

function readLabels(node: DataNode | undefined, draft: Draft): void {
  for (const { key, value, at } of entriesOf(node))
    draft.annotations.push({ name: key, value: value.text ?? '', at });
}

/** `ghcr.io/acme/cart:1.2` → `cart`. */
export function imageName(image: string | undefined): string | undefined {
  return image === undefined ? undefined : /([^/:@]+)(?::[^/]*)?(?:@.*)?$/.exec(image)?.[1];
}
