import assert from 'node:assert/strict';
import { ProtobufWriter } from '../../../src/decode/protobuf/writer.ts';

describe('ProtobufWriter', () => {
  it('keeps nested messages wherever the buffer ends', () => {
    for (let before = 990; before < 1040; before++)
      for (const length of [0, 1, 5, 9, 40, 130]) {
        const writer = new ProtobufWriter();
        writer.raw(new Uint8Array(before), 0, before);
        const start = writer.begin();
        writer.raw(Buffer.alloc(length, 7), 0, length);
        writer.end(start);
        writer.raw(Buffer.of(9), 0, 1);
        const prefix = length < 128 ? [length] : [(length & 127) | 128, length >> 7];
        assert.deepEqual(
          [...writer.finish().subarray(before)],
          [...prefix, ...Array(length).fill(7), 9],
          `${length} bytes at ${before}`,
        );
      }
  });
});
