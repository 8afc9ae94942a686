import { rowFlags } from '../../../src/protocol/traceView.ts';
import { lengthOf, pan } from '../../timeline/timeRange.ts';
import type { PanelModel } from '../panelModel.ts';

/** Share of the visible time by which the keys pan. */
const panStep = 0.1;

/** Carries out a key pressed in the grid. False if it means nothing there. */
export function pressInGrid(panel: PanelModel, event: KeyboardEvent, pageSize: number): boolean {
  const attempt = (action: () => Promise<unknown>) => {
    void panel.attempt(action);
    return true;
  };
  const last = (panel.session.rows.value?.head.rowCount ?? 0) - 1;
  const command = event.ctrlKey || event.metaKey;
  if (event.shiftKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
    const range = panel.visibleRange.value;
    const by = lengthOf(range) * panStep * (event.key === 'ArrowLeft' ? -1 : 1);
    panel.setZoom(pan(range, by, panel.whole.value));
    return true;
  }
  switch (event.key) {
    case 'ArrowDown':
      return attempt(() => panel.move(1));
    case 'ArrowUp':
      return attempt(() => panel.move(-1));
    case 'PageDown':
      return attempt(() => panel.move(pageSize));
    case 'PageUp':
      return attempt(() => panel.move(-pageSize));
    case 'Home':
      return attempt(() => panel.select(0));
    case 'End':
      return attempt(() => panel.select(last));
    case 'ArrowRight':
      return attempt(() => expandOrEnter(panel));
    case 'ArrowLeft':
      return attempt(() => collapseOrLeave(panel));
    case 'Enter':
      if (command) void panel.goToSource(false);
      else if (panel.intent.detailsOpen.value) panel.run('focusDetails');
      else panel.intent.detailsOpen.value = true;
      return true;
    case ' ':
      return attempt(() => panel.toggle(panel.activeRow.value));
    case 'F12':
      void panel.goToSource(event.altKey);
      return true;
    case '*':
      return attempt(() => panel.expandAll());
    case '+':
    case '=':
      if (command) return false;
      panel.zoomBy(0.5);
      return true;
    case '-':
      if (command) return false;
      panel.zoomBy(2);
      return true;
    case '0':
      if (command) return false;
      panel.setZoom(undefined);
      return true;
    case 'c': {
      const spanId = panel.intent.selectedSpanId.value;
      if (!command || spanId === undefined || String(getSelection()) !== '') return false;
      void panel.copy(spanId);
      return true;
    }
    case 'Escape':
      if (panel.intent.zoom.value) panel.setZoom(undefined);
      else if (panel.intent.detailsOpen.value) panel.intent.detailsOpen.value = false;
      else return false;
      return true;
    default:
      return false;
  }
}

/** Right: unfolds, or moves to the first child. */
async function expandOrEnter(panel: PanelModel): Promise<void> {
  const active = panel.active();
  if (!active) return panel.move(0);
  const flags = active.columns.flags[active.index];
  if ((flags & rowFlags.hasChildren) === 0) return;
  if (flags & rowFlags.expanded) await panel.move(1);
  else await panel.toggle(panel.activeRow.value, true);
}

/** Left: folds, or moves to the parent. */
async function collapseOrLeave(panel: PanelModel): Promise<void> {
  const active = panel.active();
  if (!active) return panel.move(0);
  const { flags, parentRow } = active.columns;
  const rowFlag = flags[active.index];
  if (rowFlag & rowFlags.hasChildren && rowFlag & rowFlags.expanded)
    await panel.toggle(panel.activeRow.value, false);
  else if (parentRow[active.index] !== 0xffffffff) await panel.select(parentRow[active.index]);
}
