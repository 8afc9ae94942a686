import type { Rule } from './rule.ts';

/** SPL5xx */
export const sdkRules: readonly Rule[] = [];
