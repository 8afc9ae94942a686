import assert from 'node:assert/strict';
import { policyForAddresses, type SenderPolicy, senderRefusal } from '../../../src/receive/senderPolicy.ts';

const noPolicy: SenderPolicy = {};

function judged(
  host: string | undefined,
  origin?: string,
  fetchSite?: string,
  policy = noPolicy,
): string | undefined {
  return senderRefusal(policy, { hosts: host === undefined ? [] : [host], origin, fetchSite });
}

describe('sender policy', () => {
  const localHosts = [
    'localhost',
    'localhost:4318',
    'LocalHost:4318',
    'localhost.',
    'app.localhost:4318',
    'a.b.localhost',
    '127.0.0.1',
    '127.0.0.1:4318',
    '127.8.9.10:1',
    '[::1]',
    '[::1]:4318',
    '::1:45678',
    '[0:0:0:0:0:0:0:1]:4318',
    '[::ffff:127.0.0.1]:4318',
    'host.docker.internal:4318',
    'gateway.docker.internal',
    'host.containers.internal:4318',
  ];
  for (const host of localHosts) {
    it(`takes Host ${host}`, () => assert.equal(judged(host), undefined));
  }

  const foreignHosts = [
    'evil.example',
    'evil.example:4318',
    'localhost.evil.example',
    'notlocalhost',
    'localhost@evil.example',
    'evil.example#localhost',
    'evil.example/localhost',
    'evil.example\\localhost',
    '127.0.0.1.evil.example',
    '127.0.0.1.nip.io:4318',
    '10.0.0.1:4318',
    '0.0.0.0:4318',
    '2130706433',
    '0x7f.1',
    '[::2]:4318',
    '[::ffff:10.0.0.1]',
    '[fe80::1%25eth0]',
    '::1::4318:x',
    'localhost:4318:4318',
    'localhost, evil.example',
    ' ',
    '[',
    '[]',
  ];
  for (const host of foreignHosts) {
    it(`refuses Host ${host}`, () => assert.match(judged(host) ?? '', /is not this machine/));
  }

  it('needs every name of a request to be local', () => {
    const hosts = ['localhost:4318', 'evil.example'];
    assert.match(
      senderRefusal(noPolicy, { hosts, origin: undefined, fetchSite: undefined }) ?? '',
      /evil\.example/,
    );
  });

  it('takes a request without Host from programs only', () => {
    assert.equal(judged(undefined), undefined);
    assert.match(judged(undefined, 'http://localhost:3000') ?? '', /without Host/);
  });

  const localOrigins = [
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:8443',
    'HTTP://LOCALHOST:3000',
    'http://app.localhost:5173',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
    'vscode-webview://0abc123',
  ];
  for (const origin of localOrigins) {
    it(`takes Origin ${origin}, from whatever site the browser says it is`, () => {
      for (const site of [undefined, 'cross-site', 'same-site', 'same-origin', 'none']) {
        assert.equal(judged('localhost:4318', origin, site), undefined);
      }
    });
  }

  const foreignOrigins = [
    'https://evil.example',
    'http://localhost.evil.example',
    'http://evil.example/localhost',
    'http://evil.example:3000',
    'http://10.0.0.1',
    'http://host.docker.internal',
    'null',
    '',
    'file://',
    'chrome-extension://abc',
    'ftp://localhost',
    'http://localhost:3000, http://evil.example',
    'http://user@localhost',
  ];
  for (const origin of foreignOrigins) {
    it(`refuses Origin ${JSON.stringify(origin)}`, () => {
      for (const site of [undefined, 'cross-site', 'same-origin']) {
        assert.match(judged('localhost:4318', origin, site) ?? '', /may not send/);
      }
    });
  }

  it('refuses a Host that is longer than any name, at once', () => {
    assert.equal(judged(`${'a'.repeat(253 - '.localhost'.length)}.localhost:65535`), undefined);
    assert.match(judged(`${'a'.repeat(300)}.localhost`) ?? '', /is not this machine/);
    assert.match(judged(`${':'.repeat(2_000_000)}x`) ?? '', /is not this machine/);
  });

  it('judges the Host before the Origin', () => {
    assert.match(judged('evil.example', 'https://evil.example', 'cross-site') ?? '', /is not this machine/);
  });

  it('refuses a cross-site request that hides its Origin, and only that', () => {
    assert.match(judged('localhost', undefined, 'cross-site') ?? '', /cross-site/);
    assert.match(judged('localhost', undefined, 'Cross-Site') ?? '', /cross-site/);
    for (const site of ['same-site', 'same-origin', 'none'])
      assert.equal(judged('localhost', undefined, site), undefined);
  });

  it('takes configured hosts and origins, and no others', () => {
    const policy = { hosts: ['dev.example', 'fd00::5'], origins: ['https://dev.example:8443', 'null'] };
    assert.equal(judged('DEV.example:4318', undefined, undefined, policy), undefined);
    assert.equal(judged('[fd00:0::5]:4318', undefined, undefined, policy), undefined);
    assert.equal(judged('localhost', 'https://DEV.example:8443', 'cross-site', policy), undefined);
    assert.equal(judged('localhost', 'null', 'cross-site', policy), undefined);
    assert.notEqual(judged('sub.dev.example', undefined, undefined, policy), undefined);
    assert.notEqual(judged('localhost', 'https://dev.example', undefined, policy), undefined);
  });

  it('does not change for loopback addresses', () => {
    assert.equal(policyForAddresses(noPolicy, ['127.0.0.1', '::1'], 'box'), noPolicy);
  });

  it('knows the machine by its name and address where more than loopback is listened on', () => {
    const policy = policyForAddresses(noPolicy, ['127.0.0.1', '172.17.0.1'], 'box');
    assert.equal(judged('172.17.0.1:4318', undefined, undefined, policy), undefined);
    assert.equal(judged('box:4318', undefined, undefined, policy), undefined);
    assert.notEqual(judged('172.17.0.2:4318', undefined, undefined, policy), undefined);
    assert.notEqual(judged('evil.example', undefined, undefined, policy), undefined);
  });

  it('takes any address, but no foreign name, where all interfaces are listened on', () => {
    for (const everywhere of ['0.0.0.0', '::']) {
      const policy = policyForAddresses(noPolicy, [everywhere], 'box');
      assert.equal(judged('192.168.1.7:4318', undefined, undefined, policy), undefined);
      assert.equal(judged('[fd00::7]:4318', undefined, undefined, policy), undefined);
      assert.notEqual(judged('evil.example', undefined, undefined, policy), undefined);
    }
  });
});
