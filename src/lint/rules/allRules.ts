import { conventionRules } from './conventionRules.ts';
import { lifecycleRules } from './lifecycleRules.ts';
import { nameRules } from './nameRules.ts';
import { propagationRules } from './propagationRules.ts';
import type { Rule } from './rule.ts';
import { sdkRules } from './sdkRules.ts';
import { sensitiveRules } from './sensitiveRules.ts';
import { suppressionRules } from './suppressionRules.ts';

/** Every rule that reads source or configuration, in the order of their ids. */
export const allRules: readonly Rule[] = [
  ...suppressionRules,
  ...propagationRules,
  ...sensitiveRules,
  ...lifecycleRules,
  ...nameRules,
  ...sdkRules,
  ...conventionRules,
];

/** Whether there is a rule of that id or name, or one whose id begins so (`SPL4`). */
export function isRule(name: string): boolean {
  return (
    (/^SPL\d{0,3}$/.test(name) || name.includes('-')) &&
    allRules.some(rule => rule.name === name || rule.id.startsWith(name))
  );
}
