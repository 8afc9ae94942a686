import type { Rule } from './rule.ts';

/** SPL4xx */
export const nameRules: readonly Rule[] = [];
