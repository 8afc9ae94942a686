import type { Rule } from './rule.ts';
import { sensitiveAttributeKey } from './spl201-sensitive-attribute-key.ts';
import { sensitiveValueSource } from './spl202-sensitive-value-source.ts';
import { secretLiteralInTelemetry } from './spl203-secret-literal-in-telemetry.ts';
import { sensitiveHeaderCapture } from './spl204-sensitive-header-capture.ts';
import { rawQueryOrUrl } from './spl205-raw-query-or-url.ts';
import { piiInBaggage } from './spl206-pii-in-baggage.ts';

/** SPL2xx */
export const sensitiveRules: readonly Rule[] = [
  sensitiveAttributeKey,
  sensitiveValueSource,
  secretLiteralInTelemetry,
  sensitiveHeaderCapture,
  rawQueryOrUrl,
  piiInBaggage,
];
