import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { readTraceFile } from '../../../src/decode/files/readTraceFile.ts';
import { scanTraces } from '../../../src/decode/otlp/scanTraces.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';

function document(number: number, more: object = {}): string {
  const span = {
    traceId: number.toString(16).padStart(32, '0'),
    spanId: '1112131415161718',
    name: `span ${number}`,
    ...more,
  };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}

function read(data: string | Uint8Array) {
  const file = readTraceFile('traces.json', typeof data === 'string' ? Buffer.from(data) : data);
  const spans = file.requests.map(request => {
    const batch = new SpanBatch();
    scanTraces(request, batch);
    return batch.count;
  });
  return { ...file, spans: spans.reduce((sum, count) => sum + count, 0) };
}

describe('readTraceFile', () => {
  it('reads one document, and one on each line', () => {
    assert.deepEqual(
      [document(1), JSON.stringify(JSON.parse(document(1)), undefined, 2)].map(text => {
        const { format, spans, warnings } = read(text);
        return { format, spans, warnings };
      }),
      [
        { format: 'OTLP JSON', spans: 1, warnings: [] },
        { format: 'OTLP JSON', spans: 1, warnings: [] },
      ],
    );
    const lines = read(`${document(1)}\n\n${document(2)}\r\n${document(3)}\n`);
    assert.deepEqual([lines.format, lines.spans, lines.warnings], ['OTLP JSON Lines', 3, []]);
  });

  it('unpacks gzip, also of gzip, and ignores a byte order mark', () => {
    assert.equal(read(gzipSync(document(1))).spans, 1);
    assert.equal(read(gzipSync(gzipSync(`${document(1)}\n${document(2)}`))).spans, 2);
    assert.equal(read(`\ufeff${document(1)}`).spans, 1);
    assert.throws(() => read(gzipSync(document(1)).subarray(0, 40)), /cannot be unpacked/);
    assert.throws(() => read(gzipSync(gzipSync(gzipSync(gzipSync(document(1)))))), /gzip within gzip/);
  });

  it('goes on past a broken line, and says that the last one is cut short', () => {
    const file = read(`${document(1)}\n{"resourceSpans":oops}\n${document(2)}\n${document(3).slice(0, 50)}`);
    assert.equal(file.spans, 2);
    assert.equal(file.warnings.length, 2);
    assert.match(file.warnings[0], /^line 2 left out/);
    assert.match(file.warnings[1], /^line 4 left out.*ends in the middle/);
  });

  it('leaves out spans and documents that are none, and counts them', () => {
    const file = read(`${document(1)}\n${document(2, { name: 5 })}\n{"resourceLogs":[]}`);
    assert.deepEqual([file.spans, file.rejected], [1, 1]);
    assert.deepEqual(file.warnings, [
      'document 2: 1 spans left out: name is not a text',
      'document 3: OTLP logs, not traces left out',
    ]);
  });

  it('says what it found instead', () => {
    const cases: [string | Uint8Array, RegExp][] = [
      ['', /traces\.json is empty/],
      [' \n ', /traces\.json is empty/],
      ['hello', /not JSON: line 1/],
      ['5', /JSON of type number/],
      ['[]', /an empty list/],
      ['{"resourceMetrics":[]}', /OTLP metrics, not traces/],
      ['{"some":1,"thing":2}', /an object with "some", "thing", none of: OTLP JSON/],
      [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), /zstd/],
      [Buffer.from([0, 1, 2, 255]), /neither JSON nor OTLP in protobuf: it begins with 00 01 02 ff/],
      ['{"resourceSpans":7}', /resourceSpans is not a list/],
    ];
    for (const [data, message] of cases)
      assert.throws(
        () => read(data),
        (error: unknown) => error instanceof DecodeError && message.test(error.message),
        String(message),
      );
  });
});
