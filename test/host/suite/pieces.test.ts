import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { commands } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import { run, runningApi, startAfresh } from '../support.ts';

describe('a trace in pieces', function () {
  this.timeout(60_000);
  let endpoint: string;

  before(async () => {
    ({ endpoint } = await runningApi());
  });
  beforeEach(startAfresh);

  it('says so while the panel is open, and no longer when the pieces are one', async () => {
    const whole = randomBytes(16).toString('hex');
    const parentSpanId = `1${randomBytes(8).toString('hex').slice(1)}`;
    await send(endpoint, whole, 'orders', 'opentelemetry', { parentSpanId });
    await run(commands.openTrace, whole);
    await Page.own.waitFor('panel', () => document.querySelector('.row'));
    assert.equal(await Page.own.evaluate('panel', () => document.querySelectorAll('.banner.info').length), 0);
    await send(endpoint, randomBytes(16).toString('hex'), 'gateway', 'opentelemetry', {
      spanId: parentSpanId,
    });
    await Page.own.waitFor('panel', () => document.querySelector('.banner.info'));
    await send(endpoint, whole, 'gateway', 'opentelemetry', { spanId: parentSpanId });
    await Page.own.waitFor('panel', () => document.querySelector('.banner.info') === null);
  });

  it('says why, what to set, and leads to the other piece', async () => {
    const whole = randomBytes(16).toString('hex');
    const half = `${'0'.repeat(16)}${whole.slice(16)}`;
    await send(endpoint, whole, 'gateway', 'opentelemetry');
    await send(endpoint, half, 'legacy', 'datadog');
    await run(commands.openTrace, half);
    const said = await Page.own.waitFor('panel', () => document.querySelector('.banner.info')?.textContent);
    assert.match(said, new RegExp(`${whole.slice(0, 8)}… has the same id, but for the upper half`));
    assert.match(said, /DD_TRACE_PROPAGATION_STYLE=tracecontext,datadog/);
    await Page.own.click('panel', '.banner-action');
    await Page.own.waitFor('workbench', () =>
      [...document.querySelectorAll('.tab.active')].some(tab => tab.textContent?.includes('gateway')),
    );
  });
});

async function send(
  endpoint: string,
  traceId: string,
  serviceName: string,
  sdk: string,
  ids: { spanId?: string; parentSpanId?: string } = {},
): Promise<void> {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const start = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    ...ids,
    name: 'GET /',
    startTimeUnixNano: `${start}`,
    endTimeUnixNano: `${start + 1_000_000n}`,
  };
  const resource = {
    attributes: [attribute('service.name', serviceName), attribute('telemetry.sdk.name', sdk)],
  };
  const response = await fetch(`${endpoint}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
  });
  assert.equal(response.status, 200);
}
