import type { DropReason } from '../model/dropReason.ts';

/** Of traces and spans that were dropped to make room. */
export const dropReasons: { readonly [reason in DropReason]: string } = {
  oldest: 'it was the oldest when the store was full',
  pinnedLimit: 'pinned traces took more than half of the memory budget',
  keptLimit: 'traces that are kept longer took more than their part of the memory budget',
  tooLarge: 'it was larger than what the memory budget can hold',
};
