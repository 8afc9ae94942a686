import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { transcodeJson } from '../../../src/decode/otlp/jsonTranscoder.ts';
import { normalizeLogs, tracesFromJson } from '../../../src/decode/otlp/requests.ts';
import { logsSchema, tracesSchema } from '../../../src/decode/otlp/schema.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import { oracle, toOtlpJson } from '../../fixtures/otlpOracle.ts';
import { RandomTraces } from './randomTraces.ts';

const plenty = 1 << 22;
const ids = '"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"1112131415161718"';

function transcode(text: string | Uint8Array, mostBrackets = plenty): Buffer | undefined {
  const body = transcodeJson(tracesSchema, typeof text === 'string' ? Buffer.from(text) : text, mostBrackets);
  return body === undefined ? undefined : Buffer.from(body);
}

/** The way over `JSON.parse`; undefined if it refuses the text or leaves spans out. */
function parsed(text: Uint8Array): Buffer | undefined {
  try {
    const { body, rejected } = tracesFromJson(
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text)),
    );
    return rejected > 0 ? undefined : Buffer.from(body);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof DecodeError)
      return undefined;
    throw error;
  }
}

function assertSame(text: string): void {
  const body = Buffer.from(text);
  const expected = parsed(body);
  assert.ok(expected !== undefined, text);
  assert.deepEqual(transcode(body)?.toString('hex'), expected.toString('hex'), text);
}

function inSpan(fields: string): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`;
}

function inValue(json: string): string {
  return inSpan(`${ids},"attributes":[{"key":"k","value":${json}}]`);
}

/** A text with some characters escaped; ids, numbers and base64 as they are, for those are left to the other way. */
function written(text: string, random: Random): string {
  if (/^[A-Za-z0-9+/=-]*$/.test(text)) return JSON.stringify(text);
  const characters = Array.from(text, character =>
    random.next() < 0.1 || character === '"' || character === '\\' || character < ' '
      ? escaped(character)
      : character,
  );
  return `"${characters.join('')}"`;
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** The same JSON as another sender might write it: members in any order, white space, characters escaped. */
function rewritten(value: unknown, random: Random): string {
  const space = () => random.pick(['', '', '', ' ', '\n\t', '\r ']);
  if (Array.isArray(value))
    return `[${space()}${value.map(element => rewritten(element, random)).join(`${space()},${space()}`)}${space()}]`;
  if (typeof value === 'string') return written(value, random);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, content]) => `"${name}"${space()}:${space()}${rewritten(content, random)}`,
  );
  for (let i = members.length - 1; i > 0; i--) {
    const other = random.between(0, i);
    [members[i], members[other]] = [members[other], members[i]];
  }
  return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`;
}

describe('the transcoder of OTLP/JSON', function () {
  this.timeout(60_000);

  it('writes the bytes that the way over JSON.parse writes: 300 random requests', () => {
    const random = new RandomTraces(21);
    for (let i = 0; i < 300; i++) assertSame(JSON.stringify(random.next()));
  });

  it('does so in any order of members, with white space and escapes', () => {
    const traces = new RandomTraces(22);
    const random = new Random(22);
    for (let i = 0; i < 300; i++) assertSame(rewritten(traces.next(), random));
  });

  it('decodes every escape, and lone surrogates as U+FFFD', () => {
    for (const text of [
      '\\"\\\\\\/\\b\\f\\n\\r\\t',
      '\\u0000\\u007f\\u0080\\u07ff\\u0800\\uffff\\uFEFF',
      '\\ud834\\udd1e\\uD834\\uDD1E',
      '\\ud834',
      '\\udd1e',
      '\\ud834\\ud834\\udd1e\\udd1e',
      '\\ud834x\\udd1e',
      '\\ud834\\u0041',
      '\\ud834\\n',
      '\u007f\u0080é→𝄞\ufeff',
    ])
      for (let before = 0; before < 5; before++) {
        const whole = `${'a'.repeat(before)}${text}`;
        assertSame(inSpan(`${ids},"name":"${whole}"`));
        assertSame(inValue(`{"stringValue":"${whole}"}`));
        assertSame(inSpan(`${ids},"attributes":[{"key":"${whole}","value":{"stringValue":"${whole}"}}]`));
      }
  });

  it('takes texts and messages of every length across the bounds of length prefixes', () => {
    for (const length of [0, 1, 2, 3, 4, 5, 90, 110, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129])
      assertSame(inSpan(`${ids},"attributes":[{"key":"k","value":{"stringValue":"${'x'.repeat(length)}"}}]`));
    for (const length of [16_300, 16_370, 16_383, 16_384, 2_097_100, 2_097_151, 2_097_152])
      assertSame(inSpan(`${ids},"name":"${'x'.repeat(length)}"`));
    assertSame(`{"resourceSpans":[${Array(20_000).fill('{}').join()}]}`);
    assertSame(inValue(`{"arrayValue":{"values":[${Array(20_000).fill('{}').join()}]}}`));
    assertSame(inValue(`{"kvlistValue":{"values":[${Array(20_000).fill('{}').join()}]}}`));
  });

  it('reads integers of 64 bits exactly, also without quotes', () => {
    const edges = [
      0n,
      1n,
      9n,
      127n,
      128n,
      999_999_999n,
      10n ** 9n,
      2n ** 32n - 1n,
      2n ** 32n,
      2n ** 53n - 1n,
    ];
    const large = [2n ** 53n + 1n, 10n ** 18n + 1n, 2n ** 63n - 1n];
    const signed = [...edges, ...large].flatMap(number => [number, -number]).concat(-(2n ** 63n));
    for (const number of signed) {
      const expected = parsed(Buffer.from(inValue(`{"intValue":"${number}"}`)));
      assert.ok(expected !== undefined);
      assert.deepEqual(transcode(inValue(`{"intValue":"${number}"}`)), expected);
      assert.deepEqual(transcode(inValue(`{"intValue":${number}}`)), expected, `${number}`);
    }
    for (const number of [...edges, ...large, 2n ** 63n, 1_760_000_000_123_456_789n, 2n ** 64n - 1n]) {
      const expected = parsed(Buffer.from(inSpan(`${ids},"endTimeUnixNano":"${number}"`)));
      assert.deepEqual(transcode(inSpan(`${ids},"endTimeUnixNano":"${number}"`)), expected);
      assert.deepEqual(transcode(inSpan(`${ids},"endTimeUnixNano":${number}`)), expected, `${number}`);
    }
    for (const json of ['"007"', '"-0"', '-0', '"-7"']) assertSame(inValue(`{"intValue":${json}}`));
  });

  it('reads doubles as JSON.parse does', () => {
    const random = new Random(23);
    const numbers = [
      '0',
      '-0',
      '-0.0',
      '0.1',
      '1e3',
      '1E+3',
      '5e-324',
      '1e999',
      '0.000001',
      '123456789012345',
    ];
    numbers.push('1234567890.12345', '123456789012345678901234567890', '"NaN"', '"-Infinity"', '" 1.5 "');
    for (let i = 0; i < 500; i++) numbers.push(String(random.next()), (random.next() * 1e6).toFixed(i % 12));
    for (const number of numbers) assertSame(inValue(`{"doubleValue":${number}}`));
  });

  it('takes every scalar at its bounds, nulls, unknown scalars, other names of fields', () => {
    for (const fields of [
      '"flags":4294967295,"droppedAttributesCount":4294967295,"kind":5',
      '"flags":0,"droppedAttributesCount":"0","kind":0,"name":"","traceState":""',
      '"name":null,"attributes":null,"status":null,"kind":null,"events":[null]'.replace('[null]', '[]'),
      '"strindex":5,"x":"y","schemaUrl":null,"a":true,"b":false,"c":-1.5e-3',
      '"start_time_unix_nano":"5","dropped_events_count":3,"trace_state":"a=b"',
      '"status":{},"links":[{}],"events":[{},{"name":"e"}]',
      '"parentSpanId":"","attributes":[{},{"key":"k"},{"value":{}},{"key":"k","value":null}]',
      '"attributes":[{"key":"k","value":{"bytesValue":"_-8"}},{"key":"b","value":{"boolValue":false}}]',
      '"attributes":[{"key":"k","value":{"stringValue":"a","intValue":5}}]',
      '"attributes":[{"value":{"boolValue":true},"key":"k"},{"key":"k","value":{"stringValue":"s"},"x":1}]',
    ])
      assertSame(inSpan(`${ids},${fields}`));
    assertSame('{}');
    assertSame(' {"resourceSpans" : [ ] } \r\n');
    assertSame(
      `{"resource_spans":[{"instrumentationLibrarySpans":[{"instrumentationLibrary":{"name":"l"},"spans":[{${ids}}]}]}]}`,
    );
  });

  it('takes attributes in any form after those in the usual one, and after a list with spaces', () => {
    const usual = [
      '{"stringValue":"v"}',
      '{"intValue":"5"}',
      '{"doubleValue":0.5}',
      '{"boolValue":true}',
    ].map(value => `{"key":"k","value":${value}}`);
    const others = [
      '{}',
      '{"key":"","value":{"stringValue":"v"}}',
      `{"key":"${'k'.repeat(200)}","value":{"stringValue":"v"}}`,
      '{"key":"k","value":{"stringValue":null}}',
      '{"key":"k","value": {"stringValue":"v"}}',
      '{"key":"k","value":{"stringValue" :"v"}}',
      '{"key":"k","value":{"stringValue":"v" }}',
      '{"key":"k","value":{"stringValue":"v"},"x":1}',
      '{"key":"k","value":{"intValue":1,"stringValue":"v"}}',
      '{"key":"k","value":{"unknown":1}}',
      '{"key":"k","value":{"arrayValue":{"values":[{"stringValue":"v"}]}}}',
      '{"key":"k","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}}',
      '{"value":{"stringValue":"v"},"key":"k"}',
    ];
    for (const one of usual)
      for (const other of others)
        for (const comma of [',', ' ,', ', ', '\n,\t'])
          for (const list of [
            [one, other, one],
            [other, one],
            [one, one, other],
          ])
            assertSame(inSpan(`${ids},"attributes":[${list.join(comma)} ],"kind":2`));
    for (const end of [',]', ', ]', ',,{}]', '{}]', '}]', ',5]', ''])
      assert.equal(transcode(inSpan(`${ids},"attributes":[${usual[0]}${end}`)), undefined, end);
  });

  it('reads each body alone, whatever came before', () => {
    const text = inValue('{"stringValue":"first"}');
    const first = transcode(text);
    assert.equal(transcode(inValue('{"stringValue":')), undefined);
    assertSame(inValue('{"stringValue":"2"}'));
    assert.deepEqual(first, parsed(Buffer.from(text)));
  });

  it('leaves what is rare or wrong to the other way', () => {
    for (const fields of [
      '"kind":"SPAN_KIND_SERVER"',
      '"kind":1.5',
      '"kind":-1',
      '"kind":2147483648',
      '"flags":4294967296',
      '"flags":01',
      '"name":5',
      '"name":"a","name":"b"',
      '"name":null,"name":"b"',
      '"start_time_unix_nano":"5","startTimeUnixNano":"6"',
      '"n\\u0061me":"a"',
      '"x":{}',
      '"x":nul',
      '"x":1.',
      '"x":.5',
      '"x":1e',
      '"attributes":{}',
      '"attributes":[null]',
      '"attributes":[{},]',
      '"attributes":[{}{}]',
      '"status":[]',
      '"name":"a\u0001"',
      '"name":"\\x"',
      '"name":"\\u12g4"',
      '"endTimeUnixNano":"18446744073709551616"',
      '"endTimeUnixNano":"-1"',
      '"endTimeUnixNano":1e3',
      '"endTimeUnixNano":""',
      '"attributes":[{"value":{"intValue":"9223372036854775808"}}]',
      '"attributes":[{"value":{"intValue":1e+300}}]',
      '"attributes":[{"value":{"boolValue":"true"}}]',
      '"attributes":[{"value":{"doubleValue":"x"}}]',
      '"attributes":[{"value":{"bytesValue":"*"}}]',
    ])
      assert.equal(transcode(inSpan(`${ids},${fields}`)), undefined, fields);
    for (const id of ['AQIDBAUGBwgJCgsMDQ4PEA==', 'x'.repeat(32), '01'])
      assert.equal(transcode(inSpan(`"traceId":"${id}"`)), undefined);
    for (const text of ['', '{', '[]', 'null', '{}}', '{},', '{"resourceSpans":[5]}', '\ufeff{}', '\u00a0{}'])
      assert.equal(transcode(text), undefined, text);
    assert.equal(transcode(Buffer.from('7b22223a22ff227d', 'hex')), undefined);
  });

  it('keeps to the limits on depth, items and brackets', () => {
    const nested = (levels: number) =>
      inValue(`${'{"arrayValue":{"values":['.repeat(levels)}{"boolValue":true}${']}}'.repeat(levels)}`);
    assertSame(nested(63));
    assert.equal(transcode(nested(64)), undefined);
    assert.equal(transcode(nested(100_000)), undefined);
    const million = 1 << 20;
    const list = (count: number) => `{"resourceSpans":[${Array(count).fill('{}').join()}]}`;
    assert.equal(transcode(list(million))?.length, 2 * million);
    assert.equal(transcode(list(million + 1)), undefined);
    assert.ok(transcode(list(10), 12) !== undefined);
    assert.equal(transcode(list(10), 11), undefined);
  });

  it('says nothing that the other way would not: 40,000 mutated requests', () => {
    const traces = new RandomTraces(24);
    const random = new Random(24);
    const bits = [
      0x20, 0x22, 0x2c, 0x30, 0x3a, 0x5b, 0x5c, 0x5d, 0x65, 0x75, 0x7b, 0x7d, 0x2d, 0x2e, 0x80, 0xff,
    ];
    let same = 0;
    for (let i = 0; i < 2000; i++) {
      const text = Buffer.from(JSON.stringify(traces.next()));
      for (let j = 0; j < 20; j++) {
        const mutated = Buffer.from(text);
        for (let n = random.between(1, 2); n > 0; n--)
          mutated[random.between(0, text.length - 1)] = random.pick(bits);
        const from = random.between(0, text.length);
        const cut =
          random.next() < 0.3
            ? Buffer.concat([mutated.subarray(0, from), mutated.subarray(from + 1)])
            : mutated;
        const body = transcode(cut);
        if (body === undefined) continue;
        assert.ok(parsed(cut)?.equals(body), cut.toString());
        same++;
      }
    }
    assert.ok(same > 100, `${same}`);
  });

  it('writes logs too', () => {
    const logs = {
      resourceLogs: [
        {
          scopeLogs: [
            {
              scope: { name: 's' },
              logRecords: [
                {
                  timeUnixNano: '1760000000123456789',
                  severityNumber: 17,
                  body: { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } },
                  eventName: 'e',
                },
              ],
            },
          ],
        },
      ],
    };
    const text = Buffer.from(JSON.stringify(logs));
    const body = transcodeJson(logsSchema, text, plenty);
    assert.ok(body !== undefined);
    assert.deepEqual(toOtlpJson(oracle.logs, oracle.logs.decode(body)), logs);
    assert.deepEqual(Buffer.from(body), Buffer.from(normalizeLogs(text, 'json').body));
  });
});
