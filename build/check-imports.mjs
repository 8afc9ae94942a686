// Checks who imports whom: folders against the allow-list in imports.json, circles, `vscode`, sockets, DOM, length.
// It reads the sources and not a bundler's metafile, so that type-only imports count too.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const rules = JSON.parse(readFileSync(join(root, 'build/imports.json'), 'utf8'));
const socketModules = new Set(
  ['net', 'http', 'https', 'http2', 'dgram', 'tls', 'undici'].flatMap(m => [m, `node:${m}`]),
);
const problems = [];

const files = ['src', 'webview'].flatMap(walk).sort();
const imports = new Map(files.map(file => [file, importsOf(file)]));

for (const [file, targets] of imports) {
  const from = folderOf(file);
  if (from === undefined && !rules.entries.includes(file))
    problems.push(`${file}: not in a folder of build/imports.json`);
  for (const { target, specifier } of targets) {
    if (specifier === 'vscode' && !rules.vscode.some(place => file === place || file.startsWith(`${place}/`)))
      problems.push(`${file}: imports 'vscode' outside ${rules.vscode.join(', ')}`);
    if (socketModules.has(specifier) && !rules.sockets.some(place => file.startsWith(`${place}/`)))
      problems.push(`${file}: imports sockets ('${specifier}') outside ${rules.sockets.join(', ')}`);
    if (specifier.startsWith('node:') && file.startsWith('webview/'))
      problems.push(`${file}: imports ${specifier} in a webview`);
    if (target === undefined) continue;
    if (!imports.has(target) && !target.endsWith('.css') && !target.endsWith('.json')) {
      problems.push(`${file}: imports '${specifier}', which does not exist`);
      continue;
    }
    if (rules.entries.includes(target)) problems.push(`${file}: imports the entry ${target}`);
    const to = folderOf(target);
    if (from !== undefined && to !== undefined && to !== from && !rules.folders[from].includes(to))
      problems.push(`${file}: ${from} may not import ${to} ('${specifier}')`);
  }
  const lines = readFileSync(join(root, file), 'utf8').split('\n').length;
  if (lines > rules.longFiles) problems.push(`${file}: ${lines} lines, more than ${rules.longFiles}`);
}
for (const circle of circles()) problems.push(`circle: ${circle.join(' → ')}`);

for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${problems.length} import problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

function walk(folder) {
  return readdirSync(join(root, folder)).flatMap(name => {
    const path = `${folder}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return walk(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

function folderOf(file) {
  return Object.keys(rules.folders).find(folder => file.startsWith(`${folder}/`));
}

function importsOf(file) {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  // At the beginning of a line: examples of source in texts import too.
  const found = text.matchAll(
    /^[ \t]*(?:(?:import|export)\b[^'"=;]*?\bfrom\s*|import\s*)['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/gm,
  );
  return [...found]
    .map(([, declared, loaded]) => declared ?? loaded)
    .map(specifier => ({
      specifier,
      target: specifier.startsWith('.')
        ? relative(root, resolve(root, dirname(file), specifier))
            .split(sep)
            .join('/')
        : undefined,
    }));
}

/** Tarjan's strongly connected components; groups of more than one file are circles. */
function circles() {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const found = [];
  const visit = file => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const { target } of imports.get(file) ?? []) {
      if (!imports.has(target)) continue;
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(low.get(file), low.get(target)));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) found.push(group);
  };
  for (const file of files) if (!index.has(file)) visit(file);
  return found;
}
