import type { Rule } from './rule.ts';

/** SPL2xx */
export const sensitiveRules: readonly Rule[] = [];
