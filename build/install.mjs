// Installs the dependencies when they are missing or are not those of the lock file. Needs nothing but Node and npm.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

export function installDependencies() {
  if (isInstalled()) return;
  console.log('installing dependencies');
  npm(['ci'], { cwd: root });
}

/** npm keeps what it has installed in a lock file of its own; a package for another platform is in ours only. */
function isInstalled() {
  const own = new URL('../node_modules/.package-lock.json', import.meta.url);
  if (!existsSync(own)) return false;
  const installed = packagesOf(own);
  return Object.entries(packagesOf(new URL('../package-lock.json', import.meta.url))).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && !(path in installed)),
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}
