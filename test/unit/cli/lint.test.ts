import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { Processes } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';

const leak = `package cart

import (
	"context"

	"go.opentelemetry.io/otel"
)

func load(ctx context.Context) error {
	ctx, span := otel.Tracer("cart").Start(ctx, "load cart")
	return read(ctx)
}
`;
const personal = `from opentelemetry import trace


def greet(user):
    trace.get_current_span().set_attribute("user.email", user.email)
`;

describe('spanline lint', function () {
  this.timeout(30_000);
  const temporary = new TemporaryDirectories();
  let processes: Processes;
  let project: string;

  beforeEach(async () => {
    processes = new Processes(await temporary.make());
    project = await temporary.make();
    await mkdir(join(project, 'cart'));
    await writeFile(
      join(project, 'cart/go.mod'),
      'module example.com/cart\n\ngo 1.24\n\nrequire go.opentelemetry.io/otel v1.34.0\n',
    );
    await writeFile(join(project, 'cart/cart.go'), leak);
    await mkdir(join(project, 'hello'));
    await writeFile(join(project, 'hello/requirements.txt'), 'opentelemetry-api==1.30.0\n');
    await writeFile(join(project, 'hello/hello.py'), personal);
  });
  afterEach(() => processes.end());
  after(() => temporary.remove());

  const lint = (...args: string[]) => processes.spanline(['lint', ...args], { cwd: project });

  it('reports places as the contract says, and exits with 1 for an error', async () => {
    const { code, stdout } = await lint('--json');
    assert.equal(code, 1);
    const { findings, filesChecked, durationMs } = JSON.parse(stdout);
    assert.equal(filesChecked, 4);
    assert.equal(typeof durationMs, 'number');
    const [first, ...others] = findings.filter(({ ruleId }: { ruleId: string }) =>
      /SPL(?:301|201)/.test(ruleId),
    );
    const { message, ...finding } = first;
    assert.match(message, /never ended/);
    assert.deepEqual(finding, {
      ruleId: 'SPL301',
      name: 'span-not-ended',
      severity: 'error',
      confidence: 'high',
      path: 'cart/cart.go',
      line: 10,
      column: 35,
      endLine: 10,
      endColumn: 40,
      fix: 'safe',
    });
    assert.deepEqual(
      others.map(({ ruleId, path, line }: { ruleId: string; path: string; line: number }) => [
        ruleId,
        path,
        line,
      ]),
      [['SPL201', 'hello/hello.py', 5]],
    );
    assert.ok(!stdout.includes('user.email)'), 'no source of values');
  });

  it('lints what is named, knowing the rest', async () => {
    const { code, stdout } = await lint('hello', '--json');
    assert.equal(code, 0);
    assert.deepEqual(
      JSON.parse(stdout).findings.map(({ path }: { path: string }) => path),
      ['hello/hello.py'],
    );
  });

  it('shares many files among threads, and reports and fixes them in order', async () => {
    const paths = Array.from({ length: 320 }, (_, index) => `many/f${1000 + index}/cart.go`);
    for (const path of paths) {
      await mkdir(join(project, dirname(path)), { recursive: true });
      await writeFile(join(project, path), leak);
    }
    await writeFile(join(project, 'many/go.mod'), await readFile(join(project, 'cart/go.mod')));
    const { stdout } = await lint('many', '--json');
    const { findings, filesChecked } = JSON.parse(stdout);
    assert.equal(filesChecked, paths.length + 1);
    const leaks = findings.filter(({ ruleId }: { ruleId: string }) => ruleId === 'SPL301');
    assert.deepEqual(
      leaks.map(({ path, line }: { path: string; line: number }) => [path, line]),
      paths.map(path => [path, 10]),
    );
    assert.equal((await lint('many', '--fix')).code, 0);
    for (const path of paths)
      assert.match(await readFile(join(project, path), 'utf8'), /defer span\.End\(\)/);
  });

  it('applies safe fixes', async () => {
    const { code } = await lint('cart', '--fix');
    assert.equal(code, 0);
    assert.match(
      await readFile(join(project, 'cart/cart.go'), 'utf8'),
      /"load cart"\)\n\tdefer span\.End\(\)\n/,
    );
  });

  it('counts warnings', async () => {
    assert.equal((await lint('hello', '--max-warnings', '0')).code, 1);
    assert.equal((await lint('hello', '--max-warnings', '1')).code, 0);
  });

  it('keeps to a baseline, and says when entries are gone', async () => {
    assert.equal((await lint('--write-baseline', 'baseline.json')).code, 0);
    const { code, stdout } = await lint('--baseline', 'baseline.json', '--json');
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout).findings, []);
    await writeFile(join(project, 'cart/cart.go'), `// moved\n${leak}`);
    assert.equal((await lint('--baseline', 'baseline.json')).code, 0, 'lines may move');
    await writeFile(join(project, 'cart/cart.go'), leak.replace('\treturn', '\tdefer span.End()\n\treturn'));
    assert.match((await lint('--baseline', 'baseline.json')).stdout, /1 entries are no longer found/);
  });

  it('obeys spanline.json, and refuses a wrong one', async () => {
    await writeFile(join(project, 'spanline.json'), '{ "rules": { "SPL3": "off" } }');
    assert.equal((await lint('cart')).code, 0);
    await writeFile(join(project, 'spanline.json'), '{ "rules": { "SPL999": "off" } }');
    const { code, stderr } = await lint('cart');
    assert.equal(code, 2);
    assert.match(stderr, /spanline\.json: .*no rule SPL999/);
  });

  it('says what it cannot tell, where there may be settings or files', async function () {
    if (process.platform === 'win32') this.skip();
    await symlink('spanline.json', join(project, 'spanline.json'));
    const traces = join(project, 'traces.json');
    await writeFile(traces, '{ "resourceSpans": [] }');
    for (const args of [
      ['analyze', traces],
      ['lint', 'spanline.json'],
    ]) {
      const { code, stderr } = await processes.spanline(args, { cwd: project });
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, /spanline\.json: ELOOP/);
    }
  });

  it('writes SARIF with fingerprints that survive moved lines, and without values', async () => {
    const prints = async () => {
      const { stdout } = await lint('--format', 'sarif');
      const { runs, version } = JSON.parse(stdout);
      assert.equal(version, '2.1.0');
      const [{ tool, results }] = runs;
      for (const { ruleId, ruleIndex } of results) assert.equal(tool.driver.rules[ruleIndex].id, ruleId);
      return results.map((result: { partialFingerprints: object }) => result.partialFingerprints);
    };
    const before = await prints();
    await writeFile(join(project, 'cart/cart.go'), `// moved\n${leak}`);
    assert.deepEqual(await prints(), before);
  });

  it('makes a processor of the collector that masks what source and traces show, and tells no value', async () => {
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const span = {
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      name: 'greet',
      kind: 1,
      startTimeUnixNano: '1790000000000000000',
      endTimeUnixNano: '1790000000000000001',
      attributes: [
        text('note', 'sent to ada.king@lovelace.org'),
        text('a "key" [x].password', 'correct horse battery'),
        text('badge.text', 'B-123456'),
        text('ada.king@lovelace.org.password', 'correct horse battery'),
      ],
    };
    const resource = { attributes: [text('service.name', 'hello\nworld: x')] };
    const traces = join(project, 'traces.json');
    await writeFile(
      traces,
      JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    );
    const sensitive = { values: { extra: [{ name: 'badge', pattern: 'B-[0-9]{6}' }] } };
    await writeFile(join(project, 'spanline.json'), JSON.stringify({ sensitive }));
    const { code, stdout, stderr } = await lint('--redaction', '--traces', traces);
    assert.deepEqual([code, stderr], [0, '']);
    assert.doesNotMatch(stdout, /lovelace|horse|B-123/);
    assert.match(stdout, /user\\\\\.email\$" # hello\/hello\.py:5\n/);
    const { processors, ...others } = parseYaml(stdout);
    assert.deepEqual(others, {});
    const { redaction } = processors;
    // https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/redactionprocessor/config.go
    const fields = [
      'allow_all_keys',
      'redact_all_types',
      'blocked_key_patterns',
      'blocked_values',
      'summary',
    ];
    assert.deepEqual(Object.keys(redaction), fields);
    assert.deepEqual(
      [redaction.allow_all_keys, redaction.redact_all_types, redaction.summary],
      [true, true, 'silent'],
    );
    const matching = (patterns: string[], tried: string) =>
      patterns.filter(each => new RegExp(each).test(tried));
    assert.equal(redaction.blocked_key_patterns.length, 2);
    for (const key of ['user.email', 'a "key" [x].password'])
      assert.equal(matching(redaction.blocked_key_patterns, key).length, 1, key);
    for (const key of ['user.email.hash', 'userXemail', 'note'])
      assert.deepEqual(matching(redaction.blocked_key_patterns, key), [], key);
    for (const value of ['ada.king@lovelace.org', 'B-123456'])
      assert.equal(matching(redaction.blocked_values, value).length, 1, value);
  });

  it('says when there is nothing to mask', async () => {
    await writeFile(join(project, 'hello/hello.py'), '');
    const { code, stdout, stderr } = await lint('--redaction');
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /nothing sensitive was found/);
  });

  it('lists and explains every rule', async () => {
    const { rules } = JSON.parse((await lint('--list-rules', '--json')).stdout);
    const ids = rules.map(({ id }: { id: string }) => id);
    assert.ok(ids.includes('SPL101') && ids.includes('SPL711'), ids.join());
    assert.deepEqual(ids, [...new Set(ids)]);
    assert.match((await lint('--explain', 'SPL301')).stdout, /^# SPL301 span-not-ended/);
  });

  it('exits with 2 for what it cannot do', async () => {
    for (const [args, message] of [
      [['nowhere'], /nowhere does not exist/],
      [['--format', 'xml'], /--format must be one of/],
      [['--max-warnings', 'few'], /must be a number/],
      [['--explain', 'SPL999'], /no rule SPL999/],
      [['--traces', 'missing.json'], /missing\.json/],
    ] as const) {
      const { code, stderr } = await lint(...args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    }
  });
});
