// Collects the texts of the editor's surfaces into l10n/bundle.l10n.json, which translators start from.
// `--check` only says whether that file is up to date.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'l10n/bundle.l10n.json');

const texts = new Set([...textsOfCalls(), ...(await textsOfPanel())]);
const bundle = `${JSON.stringify(Object.fromEntries([...texts].sort().map(text => [text, text])), undefined, 2)}\n`;

if (!process.argv.includes('--check')) {
  mkdirSync(join(root, 'l10n'), { recursive: true });
  writeFileSync(file, bundle);
} else if (readFileSync(file, 'utf8') !== bundle) {
  console.error('l10n/bundle.l10n.json is not up to date: run node build/l10n.mjs');
  process.exitCode = 1;
}

/** Literals in `l10n.t('…')`, and in `t('…')` where the translator is handed in. */
function textsOfCalls() {
  return readdirSync(join(root, 'src/workbench'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .flatMap(name => {
      const source = readFileSync(join(root, 'src/workbench', name), 'utf8');
      const calls = source.matchAll(/\bt\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g);
      return [...calls].map(([, literal]) => literal.slice(1, -1).replace(/\\(.)/g, '$1'));
    });
}

async function textsOfPanel() {
  const outfile = join(root, 'out/check/traceStrings.mjs');
  await esbuild.build({
    entryPoints: [join(root, 'src/protocol/traceStrings.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  const { traceStrings } = await import(pathToFileURL(outfile).href);
  return Object.values(traceStrings);
}
