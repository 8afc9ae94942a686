// A Chromium for playwright-core: the system's, else the one inside the npm package @sparticuz/chromium (Linux on x64).
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import * as tar from 'tar';
import { cache, packageFolder } from './packages.mjs';

/** No network of its own, no first-run pages; root in a container has no sandbox. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];

/**
 * What `chromium.launch()` of playwright-core takes.
 *
 * @typedef {{ executablePath: string, env: Record<string, string>, args: string[] }} ChromiumLaunch
 */

/**
 * @returns {Promise<ChromiumLaunch>}
 * @throws when there is none and none can be had for this platform.
 */
export async function chromiumPath() {
  const env = /** @type {Record<string, string>} */ ({ ...process.env });
  const installed = [process.env['CHROMIUM_PATH'], ...systemPaths()].find(path => path && existsSync(path));
  if (installed) return { executablePath: installed, env, args };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'no Chromium, Chrome or Edge was found; install one, or name its binary in the variable CHROMIUM_PATH',
    );
  const folder = await packageFolder('@sparticuz/chromium@153.0.0', { only: 'bin/', prepare: unpack });
  const fonts = await packageFolder('dejavu-fonts-ttf@2.37.3', { only: 'ttf/' });
  env['LD_LIBRARY_PATH'] = [join(folder, 'lib'), env['LD_LIBRARY_PATH']].filter(Boolean).join(delimiter);
  env['FONTCONFIG_FILE'] = await fontConfiguration([join(folder, 'fonts'), join(fonts, 'ttf')]);
  return { executablePath: join(folder, 'chromium'), env, args };
}

function systemPaths() {
  switch (process.platform) {
    case 'darwin':
      return [
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      ];
    case 'win32':
      return [process.env['PROGRAMFILES'], process.env['PROGRAMFILES(X86)'], process.env['LOCALAPPDATA']]
        .filter(Boolean)
        .flatMap(base => [
          join(base, 'Google/Chrome/Application/chrome.exe'),
          join(base, 'Microsoft/Edge/Application/msedge.exe'),
        ]);
    default:
      return ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'].map(
        name => join('/usr/bin', name),
      );
  }
}

/** The package holds brotli archives: the browser, NSS (which a bare system lacks), and a font. */
async function unpack(folder) {
  const bin = join(folder, 'bin');
  const archives = { 'al2023.tar.br': folder, 'fonts.tar.br': folder, 'swiftshader.tar.br': folder };
  await pipeline(
    createReadStream(join(bin, 'chromium.br')),
    createBrotliDecompress(),
    createWriteStream(join(folder, 'chromium'), { mode: 0o755 }),
  );
  for (const [name, cwd] of Object.entries(archives))
    await pipeline(createReadStream(join(bin, name)), createBrotliDecompress(), tar.extract({ cwd }));
  await rm(bin, { recursive: true });
}

/** Without a fixed font set, text would be measured differently on every machine. */
async function fontConfiguration(folders) {
  const file = join(cache, 'fonts.conf');
  const writing = `${file}.${process.pid}`;
  await mkdir(cache, { recursive: true });
  const prefer = (family, font) =>
    `<alias><family>${family}</family><prefer><family>${font}</family></prefer></alias>`;
  await writeFile(
    writing,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  ${folders.map(folder => `<dir>${folder}</dir>`).join('\n  ')}
  <cachedir>${join(cache, 'fonts-cache')}</cachedir>
  ${prefer('sans-serif', 'Open Sans')}
  ${prefer('system-ui', 'Open Sans')}
  ${prefer('monospace', 'DejaVu Sans Mono')}
</fontconfig>
`,
  );
  await rename(writing, file);
  return file;
}
