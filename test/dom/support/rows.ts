import type { Locator } from 'playwright-core';
import type { PanelPage } from './panelPage.ts';

export function grid({ page }: PanelPage): Locator {
  return page.getByRole('treegrid');
}

/** Two frames without a row that is still on its way. */
export async function settled({ page }: PanelPage): Promise<void> {
  await page.waitForFunction(
    () =>
      new Promise<boolean>(resolve =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => resolve(document.querySelector('.row.pending:not([hidden])') === null)),
        ),
      ),
  );
}

/** Scrolls to `top` pixels (or as far as that goes) and waits for the rows there. */
export async function scrollTo(panel: PanelPage, top: number): Promise<void> {
  const first = await panel.page.locator('.viewport').evaluate((viewport, to) => {
    viewport.scrollTop = to;
    return Math.floor(viewport.scrollTop / 22);
  }, top);
  await panel.page.locator(`.row[aria-rowindex="${first + 2}"]:not(.pending)`).waitFor();
  await settled(panel);
}

/** Id of the active row's element. */
export async function activeName(panel: PanelPage): Promise<string> {
  return (await grid(panel).getAttribute('aria-activedescendant')) ?? '';
}

export interface RenderedRow {
  /** 0-based. */
  index: number;
  id: string;
  name: string;
  level: number;
  expanded: string | null;
  posInSet: string | null;
  setSize: string | null;
  label: string | null;
  hidden: string;
}

/** The rows in the page, by their place on the screen. */
export async function rendered({ page }: PanelPage): Promise<RenderedRow[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.row:not([hidden])')]
      .map(row => ({
        index: Number(row.getAttribute('aria-rowindex')) - 2,
        id: row.id,
        name: row.querySelector('.span-name')?.textContent ?? '',
        level: Number(row.getAttribute('aria-level')),
        expanded: row.getAttribute('aria-expanded'),
        posInSet: row.getAttribute('aria-posinset'),
        setSize: row.getAttribute('aria-setsize'),
        label: row.getAttribute('aria-label'),
        hidden: row.querySelector('.hidden-count')?.textContent ?? '',
      }))
      .sort((a, b) => a.index - b.index),
  );
}
