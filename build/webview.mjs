// How a webview is bundled: for the product, and in memory for the DOM tests.
import { fileURLToPath } from 'node:url';

/** @type {import('esbuild').BuildOptions} */
export const webviewBuild = {
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryPoints: { trace: 'webview/main.tsx' },
  outdir: 'dist/webview',
  loader: { '.svg': 'text' },
};
