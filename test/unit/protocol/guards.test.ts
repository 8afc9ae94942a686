import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isPanelState, panelGuards } from '../../../src/protocol/guards.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('guards', () => {
  const good: { [M in keyof typeof panelGuards]: unknown[] } = {
    'panel/hello': [
      { protocolVersion: 1, state: null },
      {
        protocolVersion: 1,
        state: {
          version: 1,
          traceId,
          intent: { collapsed: [spanId], filter: 'x' },
          zoom: { start: 0, end: 1.5 },
          closedSections: ['logs'],
        },
      },
    ],
    'view/open': [{ traceId, intent: { collapsed: [], filter: '' } }],
    'view/close': [{ viewId: 3 }],
    'view/rows': [{ viewId: 3, first: 0, count: 256 }],
    'view/expand': [
      { viewId: 3, expanded: true, target: { spanId } },
      { viewId: 3, expanded: false, target: { all: true } },
      { viewId: 3, expanded: false, target: { depth: 2 } },
    ],
    'view/filter': [{ viewId: 3, filter: 'error' }],
    'view/reveal': [{ viewId: 3, spanId }],
    'view/find': [{ viewId: 3, text: 'a', fromRow: -1, backwards: false }],
    'view/minimap': [{ viewId: 3, width: 1200, height: 48 }],
    'view/criticalPath': [{ viewId: 3 }],
    'span/details': [{ traceId, spanId }],
    'source/candidates': [{ traceId, spanId }],
    'source/open': [{ traceId, spanId, beside: false }],
    'source/openCandidate': [
      {
        candidate: {
          uri: 'file:///a.ts',
          path: 'a.ts',
          line: 3,
          confidence: 0.9,
          strategy: 's',
          preview: '',
        },
        beside: true,
      },
    ],
    'clipboard/write': [{ text: 'x' }],
    'trace/open': [{ traceId }, { traceId, spanId }],
    'trace/pin': [{ traceId, pinned: true }],
    'trace/openJson': [{ traceId }],
    'file/traces': [{ text: 'checkout' }],
    'file/showTraces': [{}],
  };

  for (const [method, examples] of Object.entries(good)) {
    const guard = panelGuards[method as keyof typeof panelGuards];

    it(`${method} takes what is right`, () => {
      for (const example of examples) assert.ok(guard(example), JSON.stringify(example));
    });

    it(`${method} refuses everything with a field missing, added or of another type`, () => {
      const isRight = (value: unknown) => JSON.stringify(value) === JSON.stringify(examples[0]);
      for (const bad of [undefined, null, 1, 'x', [], {}]) assert.equal(guard(bad), isRight(bad));
      for (const example of examples as { [field: string]: unknown }[]) {
        assert.equal(guard({ ...example, more: 1 }), false);
        for (const field of Object.keys(example))
          assert.equal(guard({ ...example, [field]: Symbol('other') }), false, field);
      }
    });
  }

  it('refuses ids, rows and sizes out of range', () => {
    assert.equal(panelGuards['span/details']({ traceId: '0'.repeat(32), spanId }), false);
    assert.equal(panelGuards['span/details']({ traceId, spanId: spanId.toUpperCase() }), false);
    assert.equal(panelGuards['view/rows']({ viewId: 1, first: -1, count: 1 }), false);
    assert.equal(panelGuards['view/rows']({ viewId: 1, first: 0, count: 1e9 }), false);
    assert.equal(panelGuards['view/minimap']({ viewId: 1, width: 1e6, height: 48 }), false);
    assert.equal(
      panelGuards['view/find']({ viewId: 1, text: 'x'.repeat(10_001), fromRow: 0, backwards: false }),
      false,
    );
  });

  it('refuses a state of another version or with a zoom that is upside down', () => {
    const state = { version: 1, traceId, intent: { collapsed: [], filter: '' } };
    assert.ok(isPanelState(state));
    assert.equal(isPanelState({ ...state, version: 2 }), false);
    assert.equal(isPanelState({ ...state, zoom: { start: 5, end: 5 } }), false);
    assert.equal(isPanelState({ ...state, zoom: { start: Number.NaN, end: 5 } }), false);
  });
});
