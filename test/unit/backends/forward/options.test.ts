import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { type ForwardOptions, planForward } from '../../../../src/backends/forward/options.ts';
import { proxyFor } from '../../../../src/backends/http/proxy.ts';

const plan = (options: ForwardOptions | string, ownPorts: number[] = []) =>
  planForward(typeof options === 'string' ? { url: options } : options, ownPorts);

describe('Where to forward to', () => {
  it('is an endpoint of OTLP, over the protocol of its port', () => {
    const told = (url: string) => {
      const { url: target, protocol } = plan(url);
      return `${target.href} ${protocol}`;
    };
    assert.deepEqual(
      [
        'http://c:4318',
        'https://c',
        'c:4317',
        'http://c:4317/',
        'http://c/base/',
        'http://c/base/v1/traces',
        'http://[::1]:9',
      ].map(told),
      [
        'http://c:4318/ http/protobuf',
        'https://c/ http/protobuf',
        'http://c:4317/ grpc',
        'http://c:4317/ grpc',
        'http://c/base http/protobuf',
        'http://c/base http/protobuf',
        'http://[::1]:9/ http/protobuf',
      ],
    );
    const { compression, redact, insecure } = plan('c:1');
    assert.deepEqual(
      { compression, redact, insecure },
      { compression: 'gzip', redact: true, insecure: false },
    );
  });

  it('is not where this process receives', () => {
    const loops = [
      'localhost:4318',
      '127.0.0.1:4318',
      '127.9.9.9:4318',
      '[::1]:4318',
      '0.0.0.0:4318',
      'a.localhost:4318',
    ];
    for (const url of [...loops, `${hostname()}:4318`, 'LOCALHOST.:4318'])
      assert.throws(() => plan(`http://${url}`, [4317, 4318]), /is where Spanline itself receives/, url);
    assert.throws(() => plan('http://127.0.0.1', [80]), /itself receives/);
    for (const url of ['http://127.0.0.1:4319', 'http://collector.example:4318']) plan(url, [4317, 4318]);
  });

  it('is refused clearly, and without a secret in the message', () => {
    const refused = (options: ForwardOptions | string, reason: RegExp) =>
      assert.throws(
        () => plan(options),
        ({ name, message }: Error) => {
          assert.equal(name, 'ForwardOptionsError');
          assert.match(message, reason);
          assert.doesNotMatch(message, /hunter2/);
          return true;
        },
      );
    refused('', /is no URL/);
    refused('http://user:hunter2@', /is no URL/);
    refused('http://user:hunter2@c', /user and password do not belong into the URL/);
    refused('http://c?key=hunter2', /has no query/);
    refused('ftp://c', /ftp:\/\/ cannot be forwarded to/);
    refused({ url: 'c', headers: { 'Content-Length': '5' } }, /"Content-Length" cannot be a header/);
    refused({ url: 'c', headers: { 'a b': 'hunter2' } }, /"a b" cannot be a header/);
    refused(
      { url: 'c', headers: { authorization: 'Bearer hunter2\r\nx: y' } },
      /authorization is not plain text/,
    );
  });
});

describe('The proxy of the environment', () => {
  const via = (url: string, env: NodeJS.ProcessEnv) => proxyFor(new URL(url), env)?.href;
  it('depends on the scheme, in either case', () => {
    assert.equal(via('https://c', { HTTPS_PROXY: 'http://p:1' }), 'http://p:1/');
    assert.equal(via('https://c', { https_proxy: 'p:1' }), 'http://p:1/');
    assert.equal(via('http://c', { HTTPS_PROXY: 'http://p:1' }), undefined);
    assert.equal(via('http://c', { HTTP_PROXY: 'http://p:1' }), 'http://p:1/');
  });

  it('is not for this machine', () => {
    const env = { HTTP_PROXY: 'p:1' };
    for (const own of ['http://localhost:4318', 'http://a.localhost', 'http://127.0.0.2', 'http://[::1]:1'])
      assert.equal(via(own, env), undefined, own);
    for (const other of ['http://localhost.example', 'http://127.0.0.1.example'])
      assert.equal(via(other, env), 'http://p:1/', other);
  });

  it('is left out for hosts, domains and ports of NO_PROXY', () => {
    const env = (no: string) => ({ HTTP_PROXY: 'p:1', NO_PROXY: no });
    for (const no of ['*', 'c.example', '.example', 'example', '*.example', 'x, c.example:80'])
      assert.equal(via('http://c.example', env(no)), undefined, no);
    for (const no of ['', 'ample', 'c.example:81', 'd.example'])
      assert.equal(via('http://c.example', env(no)), 'http://p:1/', no);
  });
});
