import assert from 'node:assert/strict';
import { readMessage } from '../../../src/decode/otlp/readMessage.ts';
import { type NormalizedRequest, tracesFromJson } from '../../../src/decode/otlp/requests.ts';
import { tracesSchema } from '../../../src/decode/otlp/schema.ts';
import type { TracesData } from '../../../src/model/span.ts';

/** What a request in protobuf says, in OTLP/JSON form. */
export function tracesIn(body: Uint8Array): TracesData {
  const traces = readMessage(tracesSchema, body, problem => assert.fail(problem));
  return { resourceSpans: [], ...traces } as TracesData;
}

/** Asserts that a request says what these traces say, however it is written, and that no span was left out. */
export function assertSays({ body, rejected, reason }: NormalizedRequest, expected: TracesData): void {
  assert.equal(rejected, 0, reason);
  assert.deepEqual(tracesIn(body), tracesIn(tracesFromJson(expected).body));
}
