import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression } from '../syntax.ts';

/** What is called, as far as the file knows it; else what is written: `telemetry.trace` of `this.app.telemetry.trace`. */
export function calleeWritten({ names, language }: FileFacts, call: CallExpression): string {
  const [receiver = ''] = /[\w$]+$/.exec(call.receiver?.at.text ?? '') ?? [];
  const written = `${receiver}.${call.callee}`;
  // Python: each file may have the object from elsewhere, `self.tracer` and `Job.tracer`.
  return language === 'python' && receiver !== '' ? written : (names.callee(call) ?? written);
}
