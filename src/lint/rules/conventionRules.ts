import type { Rule } from './rule.ts';

/** SPL6xx */
export const conventionRules: readonly Rule[] = [];
