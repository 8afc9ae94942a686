import type { CDPSession, Page } from 'playwright-core';

/** What a screen reader is given, of one node: from the browser's own tree. */
export interface SpokenNode {
  readonly role: string;
  readonly name: string;
  /** `level`, `expanded`, `selected`, `pressed`, `live`… as the browser names them. */
  readonly states: { readonly [name: string]: unknown };
}

/** The nodes of the page that are not ignored, in order. */
export async function accessibilityTree(page: Page): Promise<SpokenNode[]> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return nodes
    .filter(node => !node.ignored)
    .map(({ role, name, properties = [] }) => ({
      role: String(role?.value ?? ''),
      name: String(name?.value ?? '').trim(),
      states: Object.fromEntries(properties.map(property => [property.name, property.value.value])),
    }));
}

/** Roles of what can be used or gone to; without a name they say nothing. */
const rolesWithNames = new Set([
  ...[
    'button',
    'ToggleButton',
    'link',
    'textbox',
    'searchbox',
    'combobox',
    'checkbox',
    'slider',
    'separator',
  ],
  ...['toolbar', 'treegrid', 'table', 'columnheader', 'rowheader', 'heading', 'complementary', 'dialog'],
]);

/** Those of them that have none, and what else takes the focus without one. */
export function namelessOf(tree: readonly SpokenNode[]): SpokenNode[] {
  return tree.filter(
    ({ role, name, states }) =>
      name === '' &&
      (rolesWithNames.has(role) ||
        (states.focusable === true && role !== 'RootWebArea' && role !== 'rowgroup')),
  );
}

interface Listening {
  heard: string[];
}

/** Begins to note what live regions say: the text that comes into each, once for each change. */
export async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const listening: Listening = { heard: [] };
    (window as unknown as { listening: Listening }).listening = listening;
    const isLive = (element: Element | null): boolean => {
      const region = element?.closest('[role=status],[role=alert],[role=log],[aria-live]');
      return !!region && region.getAttribute('aria-live') !== 'off';
    };
    new MutationObserver(records => {
      const said = new Set<Node>();
      for (const { type, target, addedNodes } of records) {
        const parent = target instanceof Element ? target : target.parentElement;
        const news = type === 'characterData' ? [target] : [...addedNodes];
        for (const node of news) {
          const own = node instanceof Element && isLive(node);
          if ((isLive(parent) || own) && node.textContent?.trim()) said.add(node);
        }
      }
      for (const node of said) listening.heard.push((node.textContent ?? '').trim());
    }).observe(document.body, { characterData: true, childList: true, subtree: true });
  });
}

/** What has been said since it was last asked. */
export function heard(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { listening: Listening }).listening.heard.splice(0));
}
