import type { Rule } from './rule.ts';
import { sensitiveAttributeKey } from './spl201-sensitive-attribute-key.ts';
import { sensitiveValueSource } from './spl202-sensitive-value-source.ts';
import { piiInBaggage } from './spl206-pii-in-baggage.ts';

/** SPL2xx */
export const sensitiveRules: readonly Rule[] = [sensitiveAttributeKey, sensitiveValueSource, piiInBaggage];
