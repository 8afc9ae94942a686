/**
 * Why spans were given up to make room: they were the oldest; pinned traces, or those that are kept longer, took more than
 * they may; a span was larger than what the budget can hold.
 */
export type DropReason = 'oldest' | 'pinnedLimit' | 'keptLimit' | 'tooLarge';
