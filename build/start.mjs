// `npm start [-- --headless]`: VS Code with Spanline and the demo shop, from nothing.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installDependencies } from './install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { headless: { type: 'boolean', default: false } } });

installDependencies();
const { status } = spawnSync(process.execPath, ['build/bundle.mjs'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);

const { startHeadless, startInBrowser, startOnDesktop } = await import('./vscode/demo.mjs');
const { desktopPath, hasDisplay } = await import('./vscode/desktop.mjs');

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());

try {
  const desktop = values.headless || !hasDisplay() ? undefined : await desktopPath();
  if (values.headless) await startHeadless();
  else if (desktop) await startOnDesktop(desktop, stopping.signal);
  else await startInBrowser(stopping.signal);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
