import type { Rule } from './rule.ts';

/** SPL1xx */
export const propagationRules: readonly Rule[] = [];
