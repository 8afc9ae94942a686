import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tracePage } from '../../../src/protocol/tracePage.ts';
import { traceStrings } from '../../../src/protocol/traceStrings.ts';

const options = {
  scriptUri: 'https://x.example/trace.js?a=1&b=2',
  styleUri: 'https://x.example/trace.css',
  cspSource: 'https://x.example',
  nonce: 'abc',
  locale: 'en',
  strings: traceStrings,
};

describe('trace page', () => {
  it('lets nothing run or load but the bundle', () => {
    const page = tracePage(options);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1].replaceAll('&#39;', "'");
    assert.equal(
      policy,
      "default-src 'none'; script-src 'nonce-abc'; style-src https://x.example 'nonce-abc'",
    );
    assert.match(page, /<meta property="csp-nonce" content="abc">/);
    assert.match(page, /src="https:\/\/x\.example\/trace\.js\?a=1&amp;b=2"/);
    assert.doesNotMatch(page, / style=/);
  });

  it('carries the strings, whatever a translation contains', () => {
    const strings = { ...traceStrings, loading: '</script><script>alert(1)</script>"\u2028&' };
    const page = tracePage({ ...options, strings });
    assert.equal(page.split('</script>').length, 3, 'two scripts, both ours');
    const json = /id="strings">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    assert.deepEqual(JSON.parse(json), strings);
  });
});
