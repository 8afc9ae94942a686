/** Room left and right of the time axis, so that marks at its ends are whole. Pixels; the style sheet has it too. */
export const timelinePadding = 8;

/** Narrowest columns. */
export const minNameWidth = 120;
export const minTimelineWidth = 160;
