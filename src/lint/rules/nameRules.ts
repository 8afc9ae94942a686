import type { Rule } from './rule.ts';
import { highCardinalitySpanName } from './spl401-high-cardinality-span-name.ts';
import { meaninglessSpanName } from './spl402-meaningless-span-name.ts';
import { spanInLoop } from './spl403-span-in-loop.ts';
import { oversizedAttribute } from './spl404-oversized-attribute.ts';

/** SPL4xx */
export const nameRules: readonly Rule[] = [
  highCardinalitySpanName,
  meaninglessSpanName,
  spanInLoop,
  oversizedAttribute,
];
