import type { Extent } from '../../facts/syntax.ts';
import type { ConfigFacts } from '../types.ts';
import { child, type DataNode, entriesBelow, entriesOf, itemsOf } from './data.ts';
import type { Draft } from './draft.ts';

type Section = ConfigFacts['components'][number]['section'];

const sections: readonly Section[] = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'];

/** Whether a document is the configuration of an OpenTelemetry collector. */
export function isCollector(root: DataNode): boolean {
  return (
    child(root, 'service', 'pipelines') !== undefined ||
    (child(root, 'receivers') !== undefined && child(root, 'exporters') !== undefined)
  );
}

export function readCollector(root: DataNode, draft: Draft): void {
  for (const section of sections)
    for (const { key, keyAt, value } of entriesOf(child(root, section)))
      draft.components.push({ section, name: key, at: keyAt, settings: settingsOf(value) });
}

function settingsOf(component: DataNode): ReadonlyMap<string, { value: string; at: Extent }> {
  const settings = new Map<string, { value: string; at: Extent }>();
  for (const { entry, keys } of entriesBelow(component)) {
    const { text, at } = entry.value;
    if (text !== undefined) settings.set([...keys, entry.key].join('.'), { value: text, at });
    else if (entry.value.items !== undefined)
      itemsOf(entry.value).forEach((item, index) => {
        if (item.text !== undefined)
          settings.set([...keys, entry.key, index].join('.'), { value: item.text, at: item.at });
      });
  }
  return settings;
}

/** An SDK that is configured by file: the attributes of its resource. */
export function readDeclarative(root: DataNode, draft: Draft): void {
  const attributes = child(root, 'resource', 'attributes');
  for (const item of itemsOf(attributes)) {
    const name = child(item, 'name')?.text;
    const value = child(item, 'value');
    if (name !== undefined && value !== undefined)
      draft.annotations.push({ name, value: value.text ?? '', at: value.at });
  }
  for (const { key, value } of entriesOf(attributes))
    draft.annotations.push({ name: key, value: value.text ?? '', at: value.at });
}
