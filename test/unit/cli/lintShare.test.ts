import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { type LintedFile, LintShare, type ListedFile } from '../../../src/cli/lintShare.ts';
import { LintTeam, received, sent } from '../../../src/cli/lintTeam.ts';
import { uriOfPath } from '../../../src/workspace/uris.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';

const grammars = 'dist/grammars';
const services = 12;

/** Each service takes its spans from the next one in order, through a file that is read before it, or after. */
function filesOf(service: number): { readonly [path: string]: string } {
  const next = (service + 1) % services;
  return {
    'package.json': `{ "name": "s${service}", "dependencies": { "@opentelemetry/api": "1.9.0" } }`,
    'tracing.ts': `import { trace } from '@opentelemetry/api';
const tracer = trace.getTracer('s${service}');
export const begin${service} = (name: string) => tracer.startSpan(name);
`,
    'again.ts': `import { begin${next} } from '../s${next}/tracing';
export function start(name: string) {
  return begin${next}(name);
}
`,
    'load.ts': `import { start } from './again';
import { begin${next} } from '../s${next}/tracing';
export async function load(user: { email: string }) {
  const span = start('load');
  span.setAttribute('user.email', user.email);
  const other = begin${next}('other');
  await read(user);
}
`,
    'plain.py': 'print("hello")\n',
  };
}

describe('shares of the linter', function () {
  this.timeout(30_000);
  const temporary = new TemporaryDirectories();
  const files: ListedFile[] = [];

  before(async () => {
    const root = await temporary.make();
    for (let service = 0; service < services; service++)
      for (const [name, text] of Object.entries(filesOf(service))) {
        const path = `s${service}/${name}`;
        const absolutePath = join(root, path);
        await mkdir(dirname(absolutePath), { recursive: true });
        await writeFile(absolutePath, text);
        files.push([path, { path, absolutePath, uri: uriOfPath(absolutePath) }]);
      }
    files.sort(([a], [b]) => (a < b ? -1 : 1));
  });
  after(() => temporary.remove());

  /** What shares in this thread find together. */
  async function linted(count: number): Promise<LintedFile[]> {
    const shares = Array.from(
      { length: count },
      (_, index) => new LintShare({ grammars, files, index, count }),
    );
    await Promise.all(
      shares.map(share =>
        share.read((stripe, read) => {
          const said = structuredClone(read.flatMap(file => file.said ?? []));
          for (const other of shares) if (other !== share) other.hear(stripe, said);
        }),
      ),
    );
    const chosen = files.map(([path]) => path);
    const found = await Promise.all(shares.map(share => share.lint(chosen, [])));
    return found.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  it('find the same, however many there are', async () => {
    const alone = await linted(1);
    const rules = alone.flatMap(({ findings }) => findings.map(({ rule }) => rule.id));
    for (const id of ['SPL201', 'SPL301']) assert.ok(rules.includes(id), rules.join());
    assert.deepEqual(await linted(2), alone);
    assert.deepEqual(await linted(3), alone);
  });

  it('send what they find from thread to thread', async () => {
    const alone = await linted(1);
    assert.deepEqual(
      alone.map(file => received(structuredClone(sent(file)))),
      alone,
    );
  });

  it('stop when one of them fails', async function () {
    if (availableParallelism() < 2) this.skip();
    const many = Array.from({ length: 6 }, () => files).flat();
    const thread = new URL('data:text/javascript,throw new Error("no thread")');
    const team = new LintTeam({ grammars, thread, files: many });
    await assert.rejects(team.read(), /no thread/);
    await team.end();
  });
});
