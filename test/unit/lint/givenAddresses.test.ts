import assert from 'node:assert/strict';
import { clientCalls } from '../../../src/lint/facts/clientCalls.ts';
import { FileFacts } from '../../../src/lint/facts/fileFacts.ts';
import { isGivenAddress } from '../../../src/lint/facts/givenAddresses.ts';
import { WorkspaceProject } from '../../../src/lint/project/project.ts';
import { syntaxOf } from './parsing.ts';

/** What is said of each request in the source, in order. */
async function judged(path: string, source: string): Promise<boolean[]> {
  const syntax = await syntaxOf(path, source);
  assert.ok(syntax);
  const file = new FileFacts(path, syntax, new WorkspaceProject());
  return file.get(clientCalls).map(({ call }) => isGivenAddress(file, call));
}

describe('addresses that only data tells', () => {
  it('are parameters that no caller in the file tells, and records', async () => {
    assert.deepEqual(
      await judged(
        'hooks.ts',
        'async function notify(url: string) { await fetch(url); }\n' +
          'async function call(hook: Hook) { await fetch(hook.url); }\n' +
          'async function all(links: string[]) { for (const link of links) await fetch(link); }\n' +
          'async function send(order: Order) { await fetch(new URL(order.link)); }\n' +
          'async function load() { const url = await createSignedUrl(); await fetch(url); }\n',
      ),
      [true, true, true, true, true],
    );
    assert.deepEqual(
      await judged(
        'fetch.go',
        'package shop\n\nimport ("context"; "net/http")\n\n' +
          'func get(ctx context.Context, url string) {\n\treq, _ := http.NewRequestWithContext(ctx, "GET", url, nil)\n' +
          '\treq = req.WithContext(ctx)\n\thttp.DefaultClient.Do(req)\n}\n\n' +
          'func (c *Client) do(req *http.Request) {\n\thttp.DefaultClient.Do(req)\n}\n',
      ),
      [true, true],
    );
    assert.deepEqual(
      await judged(
        'get.py',
        'import requests\n\n\ndef get(url, **options):\n    return requests.get(url, **options)\n\n\n' +
          'def follow(url):\n    current = url\n    while True:\n        answer = requests.get(current)\n' +
          '        current = urljoin(current, answer.headers["Location"])\n',
      ),
      [true, true],
    );
  });

  it('are hosts on the open network that nothing of the program names', async () => {
    assert.deepEqual(
      await judged(
        'ask.go',
        'package shop\n\nimport ("context"; "fmt"; "net/http"; "os")\n\n' +
          'func (c *Client) ask(ctx context.Context, server string) {\n\turl := fmt.Sprintf("https://%s/dns-query", server)\n' +
          '\treq, _ := http.NewRequestWithContext(ctx, "POST", url, nil)\n\thttp.DefaultClient.Do(req)\n}\n\n' +
          'func find(ctx context.Context, domain string) {\n\thost, err := lookup(domain)\n' +
          '\tget(ctx, fmt.Sprintf("https://%s/settings", host))\n}\n\n' +
          'func get(ctx context.Context, url string) {\n\thttp.Get(url)\n}\n\n' +
          'func load() {\n\thost := os.Getenv("STOCK_HOST")\n\thttp.Get("https://" + host + "/items")\n}\n\n' +
          'func configured(cfgHost string) {\n\thttp.Get("https://" + cfgHost + "/items")\n}\n',
      ),
      [true, true, false, false],
    );
  });

  it('are not those of the program itself', async () => {
    assert.deepEqual(
      await judged(
        'stock.ts',
        'const STOCK_URL = process.env.STOCK_URL;\n' +
          'async function a() { await fetch(STOCK_URL); }\n' +
          'async function b(config: Config) { await fetch(config.stockUrl); }\n' +
          'async function c(baseUrl: string) { await fetch(baseUrl); }\n' +
          'class Stock { url: string; async d() { await fetch(this.url); } }\n' +
          "async function e(host: string) { await fetch('http://' + host + '/stock'); }\n" +
          "async function get(url: string) { return fetch(url); }\nget('http://stock/items');\n" +
          'async function f(url = STOCK_URL) { await fetch(url); }\n',
      ),
      [false, false, false, false, false, false, false],
    );
    assert.deepEqual(
      await judged(
        'stock.go',
        'package shop\n\nimport ("context"; "net/http"; "os")\n\n' +
          'func (c *Client) stock(ctx context.Context) {\n' +
          '\treq, _ := http.NewRequestWithContext(ctx, "GET", c.url, nil)\n\tc.do(req)\n}\n\n' +
          'func (c *Client) do(req *http.Request) {\n\thttp.DefaultClient.Do(req)\n}\n\n' +
          'func load() {\n\thttp.Get(os.Getenv("STOCK_URL"))\n}\n',
      ),
      [false, false],
    );
  });
});
