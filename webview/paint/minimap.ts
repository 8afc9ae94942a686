import type { ResultOf } from '../../src/protocol/channel.ts';
import type { PanelRequests } from '../../src/protocol/panel.ts';
import { serviceColor } from './serviceColor.ts';
import type { ThemeColors } from './themeColors.ts';

export type MinimapCells = ResultOf<PanelRequests, 'view/minimap'>;

/** Flag of a cell in which an error span lies; the other bits are 1 + service index. */
const errorCell = 0x80;

/** The lanes of a few spans are not stretched beyond this. Pixels. */
const tallestLane = 8;

/** Draws the cells one pixel each; CSS stretches the canvas. Empty cells stay transparent. */
export function paintMinimap(
  canvas: HTMLCanvasElement,
  { cells, lanes }: MinimapCells,
  colors: ThemeColors,
): void {
  const width = lanes === 0 ? 0 : Math.floor(cells.length / lanes);
  canvas.width = Math.max(width, 1);
  canvas.height = Math.max(lanes, 1);
  canvas.style.maxHeight = `${lanes * tallestLane}px`;
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  const image = context.createImageData(width, lanes);
  const pixels = new Uint32Array(image.data.buffer);
  const palette = new Map<number, number>();
  const error = colors.pixel('var(--error)');
  for (let at = 0; at < pixels.length; at++) {
    const cell = cells[at];
    if (cell === 0) continue;
    if (cell & errorCell) {
      pixels[at] = error;
      continue;
    }
    let pixel = palette.get(cell);
    if (pixel === undefined) {
      pixel = colors.pixel(serviceColor(cell - 1));
      palette.set(cell, pixel);
    }
    pixels[at] = pixel;
  }
  context.putImageData(image, 0, 0);
}
