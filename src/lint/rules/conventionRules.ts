import type { Rule } from './rule.ts';
import { deprecatedAttribute } from './spl601-deprecated-attribute.ts';
import { unknownKey } from './spl602-unknown-key.ts';
import { attributeAtWrongLevel } from './spl603-attribute-at-wrong-level.ts';
import { legacySemconvConstant } from './spl604-legacy-semconv-constant.ts';
import { attributeKeyStyle } from './spl605-attribute-key-style.ts';
import { attributeWrongType } from './spl606-attribute-wrong-type.ts';
import { metricName } from './spl607-metric-name.ts';

/** SPL6xx */
export const conventionRules: readonly Rule[] = [
  deprecatedAttribute,
  unknownKey,
  attributeAtWrongLevel,
  legacySemconvConstant,
  attributeKeyStyle,
  attributeWrongType,
  metricName,
];
