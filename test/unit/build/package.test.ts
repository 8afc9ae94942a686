import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('the VSIX', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'spanline-vsix-'));
  let vsix: Buffer;

  before(() => {
    const file = join(folder, 'spanline.vsix');
    execFileSync(process.execPath, ['build/package.mjs', '--as-built', '--out', file]);
    vsix = readFileSync(file);
  });

  after(() => rmSync(folder, { recursive: true }));

  it('contains what test/golden/package.txt lists', () => {
    const golden = readFileSync('test/golden/package.txt', 'utf8').trimEnd().split('\n');
    assert.deepEqual([...new Set(entryNames(vsix).map(withoutHash))].sort(), golden);
  });

  it('is at most 4,000 kB', () => {
    assert.ok(vsix.length <= 4_000_000, `${vsix.length} bytes`);
  });
});

/** The names in a ZIP file's central directory (PKWARE APPNOTE 4.3.12). */
function entryNames(zip: Buffer): string[] {
  const names: string[] = [];
  const end = zip.lastIndexOf('PK\x05\x06');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map(offset => zip.readUInt16LE(at + offset));
    names.push(zip.toString('utf8', at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}

/** The names of chunks change with their content, and their number with the imports. */
function withoutHash(file: string): string {
  return file.replace(/(dist\/\w+)\/[\w.-]+-[A-Z0-9]{8}\.js$/, '$1/<chunk>.js');
}
