import type { Rule } from './rule.ts';
import { spanNotEnded } from './spl301-span-not-ended.ts';
import { spanEndNotGuaranteed } from './spl302-span-end-not-guaranteed.ts';
import { errorPathNoStatus } from './spl303-error-path-no-status.ts';
import { exceptionWithoutStatus } from './spl304-exception-without-status.ts';
import { spanUsedAfterEnd } from './spl305-span-used-after-end.ts';
import { handledExceptionRecorded } from './spl306-handled-exception-recorded.ts';
import { noFlushOnExit } from './spl307-no-flush-on-exit.ts';

/** SPL3xx */
export const lifecycleRules: readonly Rule[] = [
  spanNotEnded,
  spanEndNotGuaranteed,
  errorPathNoStatus,
  exceptionWithoutStatus,
  spanUsedAfterEnd,
  handledExceptionRecorded,
  noFlushOnExit,
];
