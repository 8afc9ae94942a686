import { brokenTraceBoundary } from './spl701BrokenTraceBoundary.ts';
import { sensitiveValueObserved } from './spl702SensitiveValueObserved.ts';
import { spanBurst } from './spl703SpanBurst.ts';
import { resourceIncomplete } from './spl704ResourceIncomplete.ts';
import { orphanSpan } from './spl705OrphanSpan.ts';
import { clientRoot } from './spl706ClientRoot.ts';
import { spanNameCardinality } from './spl707SpanNameCardinality.ts';
import { legacyAttributes } from './spl708LegacyAttributes.ts';
import { errorWithoutStatus } from './spl709ErrorWithoutStatus.ts';
import { clockSkew } from './spl710ClockSkew.ts';
import { serviceIdentity } from './spl711ServiceIdentity.ts';
import type { TraceRule } from './traceRule.ts';

/** Every rule that reads traces, in the order of their ids. */
export const runtimeRules: readonly TraceRule[] = [
  brokenTraceBoundary,
  sensitiveValueObserved,
  spanBurst,
  resourceIncomplete,
  orphanSpan,
  clientRoot,
  spanNameCardinality,
  legacyAttributes,
  errorWithoutStatus,
  clockSkew,
  serviceIdentity,
];
