import type { Rule } from './rule.ts';

/** SPL3xx */
export const lifecycleRules: readonly Rule[] = [];
