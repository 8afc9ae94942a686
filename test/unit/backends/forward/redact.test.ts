import assert from 'node:assert/strict';
import { cleanRequest } from '../../../../src/backends/forward/redact.ts';
import { readMessage } from '../../../../src/decode/otlp/readMessage.ts';
import { logsSchema, tracesSchema } from '../../../../src/decode/otlp/schema.ts';
import { writeMessage } from '../../../../src/decode/otlp/writeMessage.ts';
import { writeTraces } from '../../../../src/decode/otlp/writeProtobuf.ts';
import { ProtobufWriter } from '../../../../src/decode/protobuf/writer.ts';
import type { AnyValue, KeyValue } from '../../../../src/model/anyValue.ts';
import { RandomTraces } from '../../decode/randomTraces.ts';
import { request, spansOf } from './forwarding.ts';

const jwt = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"sub":"42","name":"Ada"}').toString('base64url')}.c2lnbmF0dXJlLW9mLXNvbWU`;
const redacting = { redact: true, dropInvalid: false };

function cleaned(attributes: KeyValue[]): { [key: string]: AnyValue } {
  const [span] = spansOf(cleanRequest('traces', request('GET /', attributes), redacting));
  return Object.fromEntries((span.attributes ?? []).map(({ key, value }) => [key, value]));
}

describe('Redaction before forwarding', () => {
  it('masks values under keys that speak of secrets, whatever their type', () => {
    const list = { arrayValue: { values: [{ stringValue: 'Basic dXNlcjpwYXNz' }] } };
    assert.deepEqual(
      cleaned([
        { key: 'user.password', value: { stringValue: 'hunter2' } },
        { key: 'http.request.header.authorization', value: list },
        { key: 'card.number', value: { intValue: '4111111111111111' } },
        {
          key: 'db.password',
          value: { kvlistValue: { values: [{ key: 'x', value: { stringValue: 'y' } }] } },
        },
        { key: 'password.set', value: { boolValue: true } },
        { key: 'http.route', value: { stringValue: '/users' } },
        { key: 'retries', value: { intValue: '3' } },
      ]),
      {
        'user.password': { stringValue: '•••' },
        'http.request.header.authorization': { stringValue: '•••' },
        'card.number': { stringValue: '•••' },
        'db.password': { stringValue: '•••' },
        'password.set': { boolValue: true },
        'http.route': { stringValue: '/users' },
        retries: { intValue: '3' },
      },
    );
  });

  it('masks what detectors find in texts, nested ones, names, messages and bodies too', () => {
    const nested = {
      kvlistValue: {
        values: [{ key: 'a', value: { arrayValue: { values: [{ stringValue: `x ${jwt}` }] } } }],
      },
    };
    assert.deepEqual(cleaned([{ key: 'note', value: nested }])['note'], {
      kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{ stringValue: 'x •••' }] } } }] },
    });
    const body = writeTraces({
      resourceSpans: [
        {
          resource: {
            attributes: [{ key: 'process.command_line', value: { stringValue: `run --jwt ${jwt}` } }],
          },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: '1'.repeat(32),
                  spanId: '2'.repeat(16),
                  name: `GET /login/${jwt}`,
                  startTimeUnixNano: '1',
                  endTimeUnixNano: '2',
                  status: { code: 2, message: `bad token ${jwt}` },
                  events: [
                    { timeUnixNano: '1', name: jwt, attributes: [{ key: 'm', value: { stringValue: jwt } }] },
                  ],
                  links: [
                    {
                      traceId: '3'.repeat(32),
                      spanId: '4'.repeat(16),
                      attributes: [{ key: 'l', value: { stringValue: jwt } }],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
    const clean = Buffer.from(cleanRequest('traces', body, redacting)).toString('latin1');
    assert.ok(Buffer.from(body).toString('latin1').includes(jwt));
    assert.ok(!clean.includes(jwt.slice(0, 30)));
    const writer = new ProtobufWriter();
    writeMessage(
      logsSchema,
      {
        resourceLogs: [
          { scopeLogs: [{ logRecords: [{ body: { stringValue: `got ${jwt}` }, severityText: 'INFO' }] }] },
        ],
      },
      writer,
      () => {},
    );
    const logs = readMessage(logsSchema, cleanRequest('logs', writer.finish(), redacting), assert.fail);
    assert.deepEqual(JSON.parse(JSON.stringify(logs)).resourceLogs[0].scopeLogs[0].logRecords[0].body, {
      stringValue: 'got •••',
    });
  });

  it('leaves out what it does not know, and keeps it where nothing is masked', () => {
    // Field 99 of Span: from a version of the protocol that is still to come.
    const unknown = Buffer.concat([Buffer.from([0x9a, 0x06, jwt.length]), Buffer.from(jwt)]);
    const ids = Buffer.from(`0a10${'11'.repeat(16)}1208${'22'.repeat(8)}`, 'hex');
    const span = Buffer.concat([ids, unknown]);
    const body = wrap(0x0a, wrap(0x12, wrap(0x12, span)));
    assert.ok(!Buffer.from(cleanRequest('traces', body, redacting)).includes(jwt));
    assert.equal(spansOf(cleanRequest('traces', body, redacting)).length, 1);
    assert.deepEqual(Buffer.from(cleanRequest('traces', body, { redact: false, dropInvalid: true })), body);
    assert.equal(cleanRequest('traces', body, { redact: false, dropInvalid: false }), body);
  });

  it('leaves out spans that a target would refuse all others for', () => {
    const ids = (trace: string, span: string) =>
      Buffer.from(
        `12${(4 + (trace.length + span.length) / 2).toString(16)}0a${hexLength(trace)}${trace}12${hexLength(span)}${span}`,
        'hex',
      );
    const spans = Buffer.concat([
      ids('11'.repeat(16), '22'.repeat(8)),
      ids('11'.repeat(8), '22'.repeat(8)),
      ids('00'.repeat(16), '22'.repeat(8)),
      ids('11'.repeat(16), '33'.repeat(8)),
    ]);
    const body = wrap(0x0a, wrap(0x12, spans));
    const kept = spansOf(cleanRequest('traces', body, { redact: false, dropInvalid: true }));
    assert.deepEqual(
      kept.map(({ spanId }) => spanId),
      ['22'.repeat(8), '33'.repeat(8)],
    );
  });

  it('changes nothing of 2,000 random requests that hold nothing sensitive', () => {
    const traces = new RandomTraces(11);
    for (let round = 0; round < 2_000; round++) {
      const body = writeTraces(traces.next());
      const clean = cleanRequest('traces', body, redacting);
      assert.deepEqual(
        readMessage(tracesSchema, clean, assert.fail),
        readMessage(tracesSchema, body, assert.fail),
        `round ${round}`,
      );
    }
  });

  it('survives depth, and attributes that are malformed inside', () => {
    let value = Buffer.from('0a0178', 'hex');
    for (let depth = 0; depth < 5_000; depth++) {
      const list = Buffer.concat([Buffer.from([0x0a, ...lengthOf(value)]), value]);
      value = Buffer.concat([Buffer.from([0x2a, ...lengthOf(list)]), list]);
    }
    const attribute = Buffer.concat([Buffer.from([0x0a, 1, 0x61, 0x12, ...lengthOf(value)]), value]);
    const broken = Buffer.from('0a01', 'hex');
    const span = Buffer.concat([
      Buffer.from(`0a10${'11'.repeat(16)}1208${'22'.repeat(8)}`, 'hex'),
      Buffer.concat([Buffer.from([0x4a, ...lengthOf(attribute)]), attribute]),
      Buffer.concat([Buffer.from([0x4a, broken.length]), broken]),
    ]);
    const clean = cleanRequest('traces', wrap(0x0a, wrap(0x12, wrap(0x12, span))), redacting);
    const [only] = spansOf(clean);
    assert.deepEqual(
      only.attributes?.map(({ key }) => key),
      ['a'],
    );
    assert.ok(clean.length < 2_000);
  });
});

function wrap(tag: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(bytes)]), bytes]);
}

function hexLength(hex: string): string {
  return (hex.length / 2).toString(16).padStart(2, '0');
}

function lengthOf(bytes: Uint8Array): number[] {
  const varint: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    varint.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest < 128) return varint;
  }
}
