import { request } from 'undici';
import type { TracesData } from '../../../src/model/span.ts';

const second = 1_000_000_000n;

/** A trace of three spans in two services: 1 s, with an error in the middle. `startSeconds` since 1970. */
export function sampleTrace(traceId: string, startSeconds: number): TracesData {
  const start = BigInt(startSeconds) * second;
  const at = (milliseconds: number) => `${start + BigInt(milliseconds) * 1_000_000n}`;
  const attribute = (key: string, value: object) => ({ key, value });
  const service = (name: string) => ({ attributes: [attribute('service.name', { stringValue: name })] });
  return {
    resourceSpans: [
      {
        resource: service('gateway'),
        scopeSpans: [
          {
            scope: { name: 'http', version: '1.0' },
            spans: [
              {
                traceId,
                spanId: '00000000000000a1',
                name: 'GET /checkout',
                kind: 2,
                startTimeUnixNano: at(0),
                endTimeUnixNano: at(1000),
                attributes: [
                  attribute('http.route', { stringValue: '/checkout' }),
                  attribute('http.response.status_code', { intValue: '500' }),
                ],
              },
              {
                traceId,
                spanId: '00000000000000a2',
                parentSpanId: '00000000000000a1',
                name: 'POST',
                kind: 3,
                startTimeUnixNano: at(100),
                endTimeUnixNano: at(900),
                status: { code: 2, message: 'failed' },
              },
            ],
          },
        ],
      },
      {
        resource: service('orders'),
        scopeSpans: [
          {
            spans: [
              {
                traceId,
                spanId: '00000000000000b1',
                parentSpanId: '00000000000000a2',
                name: 'POST /orders',
                kind: 2,
                startTimeUnixNano: at(200),
                endTimeUnixNano: at(800),
                attributes: [attribute('order.items', { intValue: '3' })],
              },
            ],
          },
        ],
      },
    ],
  } as TracesData;
}

/** Posts OTLP/JSON to a receiver and checks that all of it was taken. */
export async function postTraces(endpoint: string, data: TracesData): Promise<void> {
  const { statusCode, body } = await request(`${endpoint}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(data),
  });
  const text = await body.text();
  if (statusCode !== 200 || text !== '{}') throw new Error(`${statusCode} ${text}`);
}
