/** Room left and right of the time axis, so that marks at its ends are whole. Pixels; the style sheet has it too. */
export const timelinePadding = 8;

/** Narrowest columns. */
export const minNameWidth = 120;
const minTimelineWidth = 160;

/** Unless it was dragged: this share of the grid, up to a width in pixels. */
const nameShare = 0.45;
const maxDefaultNameWidth = 380;

/** Width of the name column in a grid, all in pixels; `wanted` is what it was dragged to. */
export function nameWidthIn(gridWidth: number, wanted: number | undefined): number {
  const width = wanted ?? Math.min(gridWidth * nameShare, maxDefaultNameWidth);
  return Math.round(Math.max(minNameWidth, Math.min(width, widestName(gridWidth))));
}

export function widestName(gridWidth: number): number {
  return Math.max(minNameWidth, gridWidth - minTimelineWidth);
}
