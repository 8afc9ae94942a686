import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { uriOfPath } from '../../../src/workspace/uris.ts';
import { WorkspaceFiles } from '../../../src/workspace/workspaceFiles.ts';

describe('workspace files', () => {
  let folder: string;
  let files: WorkspaceFiles;

  const write = async (path: string, text = '') => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const scan = (...folders: string[]) =>
    files.scan(
      folders.map(path => uriOfPath(join(folder, path))),
      new AbortController().signal,
    );
  const paths = () => files.all.map(({ path }) => path).sort();

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'spanline-files-')));
    files = new WorkspaceFiles(() => undefined);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are sources, without libraries, build output and circles of links', async () => {
    const own = ['a.ts', 'src/b.py', 'src/deep/c.go', 'D.java'];
    const others = [
      'node_modules/x/i.js',
      'dist/a.js',
      '.git/x.js',
      'src/vendor/v.go',
      '.venv/p.py',
      'e.txt',
    ];
    for (const path of [...own, ...others]) await write(path);
    await symlink(folder, join(folder, 'src/loop'));
    await scan('.');
    assert.deepEqual(paths(), [...own].sort());
    assert.deepEqual(
      files.withBaseName('c.go').map(({ path }) => path),
      ['src/deep/c.go'],
    );
  });

  it('know the packages around them', async () => {
    await write('js/package.json', '{ "name": "@shop/js" }');
    await write('go/go.mod', 'module example.com/shop/go // x\n');
    await write('py/pyproject.toml', '[project]\nname = "shop-py"\n');
    await write('broken/package.json', '{');
    await scan('.');
    assert.deepEqual(files.packages.map(({ name }) => name).sort(), [
      '@shop/js',
      'broken',
      'example.com/shop/go',
      'shop-py',
    ]);
  });

  it('are found by path below the workspace only', async () => {
    await write('open/a.ts', 'a');
    await write('open/dist/a.js', 'b');
    await write('secret/b.ts', 'c');
    await scan('open');
    assert.equal((await files.at(join(folder, 'open/dist/a.js')))?.path, 'dist/a.js');
    assert.equal(await files.at(join(folder, 'secret/b.ts')), undefined);
    assert.equal(await files.at(`${folder}/open/../secret/b.ts`), undefined);
    assert.equal(await files.at('a.ts'), undefined);
  });

  it('follow what is made and deleted', async () => {
    await scan('.');
    await write('new.ts');
    const uri = uriOfPath(join(folder, 'new.ts'));
    assert.equal((await files.update(uri))?.path, 'new.ts');
    assert.equal(files.fileOf(uri)?.path, 'new.ts');
    await rm(join(folder, 'new.ts'));
    assert.equal(await files.update(uri), undefined);
    assert.deepEqual([files.fileOf(uri), files.withBaseName('new.ts')], [undefined, []]);
    await write('node_modules/x/new.ts');
    assert.equal(await files.update(uriOfPath(join(folder, 'node_modules/x/new.ts'))), undefined);
    assert.equal(await files.update('untitled:Untitled-1'), undefined);
  });

  it('in several workspace folders have paths that begin with the name of the inner one', async () => {
    await write('a/b/c.ts');
    await write('x/a/c.ts');
    await scan('.', 'a', 'x/a');
    assert.deepEqual(paths(), ['a-2/c.ts', 'a/b/c.ts']);
    for (const { path, uri } of files.all) assert.equal(files.uriOf(path), uri);
    assert.equal(files.folderPath(uriOfPath(join(folder, 'x/a'))), 'a-2');
    assert.equal(files.folderPath(uriOfPath(join(folder, 'x'))), undefined);
  });

  it('that .gitignore names are left out, but for .env files', async () => {
    await write('.gitignore', '*.gen.ts\n/local/\n.env*\n!kept.gen.ts\n');
    await write('pkg/.gitignore', '!a.gen.ts\nnotes.yaml\n');
    for (const path of ['a.gen.ts', 'kept.gen.ts', 'b.ts', 'local/c.ts', 'pkg/a.gen.ts', 'pkg/local/d.ts'])
      await write(path);
    for (const path of ['.env', '.env.local', 'notes.yaml', 'pkg/notes.yaml', 'local/.env'])
      await write(path);
    await scan('.');
    assert.deepEqual(paths(), ['b.ts', 'kept.gen.ts', 'pkg/a.gen.ts', 'pkg/local/d.ts']);
    assert.deepEqual(files.configurations.map(({ path }) => path).sort(), [
      '.env',
      '.env.local',
      'notes.yaml',
    ]);
    assert.equal(await files.update(uriOfPath(join(folder, 'local/c.ts'))), undefined);
    assert.equal(await files.update(uriOfPath(join(folder, 'pkg/notes.yaml'))), undefined);
    assert.equal((await files.update(uriOfPath(join(folder, 'notes.yaml'))))?.path, 'notes.yaml');
  });

  it('that configure are listed apart from sources', async () => {
    const configurations = [
      'Dockerfile',
      'web.Dockerfile',
      'compose.yaml',
      'deploy/k8s/cart.yml',
      'cart/go.mod',
      'cart/package.json',
      'py/requirements-dev.txt',
      'app/pom.xml',
      'app/Cart.csproj',
      'app/appsettings.Development.json',
      '.vscode/launch.json',
      'spanline.json',
      'Procfile',
    ];
    const others = [
      'package-lock.json',
      'pnpm-lock.yaml',
      'tsconfig.json',
      '.github/workflows/ci.yml',
      'a.json',
    ];
    for (const path of [...configurations, ...others]) await write(path);
    await scan('.');
    assert.deepEqual(files.configurations.map(({ path }) => path).sort(), [...configurations].sort());
    assert.deepEqual(paths(), []);
    await rm(join(folder, 'Procfile'));
    assert.equal(await files.update(uriOfPath(join(folder, 'Procfile'))), undefined);
    assert.equal(files.fileOf(uriOfPath(join(folder, 'Procfile'))), undefined);
    assert.equal(files.fileOf(uriOfPath(join(folder, 'spanline.json')))?.path, 'spanline.json');
  });

  it('that are too long are not read', async () => {
    await write('big.ts', 'x'.repeat(1_000_001));
    await scan('.');
    assert.equal(await files.read(files.all[0]), undefined);
    assert.equal((await files.read(files.all[0], 2_000_000))?.length, 1_000_001);
  });
});
