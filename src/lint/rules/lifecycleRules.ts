import type { Rule } from './rule.ts';
import { spanNotEnded } from './spl301-span-not-ended.ts';

/** SPL3xx */
export const lifecycleRules: readonly Rule[] = [spanNotEnded];
