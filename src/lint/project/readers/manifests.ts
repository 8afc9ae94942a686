import type { Extent } from '../../facts/syntax.ts';
import type { ConfigDependency, PackageRole } from '../types.ts';
import { child, type DataNode, entriesOf, itemsOf, textOf } from './data.ts';
import { type Draft, linesOf } from './draft.ts';
import { parseJson } from './json.ts';

/** `package.json`. */
export function readPackageJson(source: string, draft: Draft): void {
  const { root } = parseJson(source);
  const name = child(root, 'name');
  if (name?.text !== undefined) draft.services.push({ name: name.text, folder: '.', at: name.at });
  for (const section of ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'])
    for (const { key, keyAt, value, at } of entriesOf(child(root, section)))
      draft.dependencies.push({
        ecosystem: 'npm',
        name: key,
        version: value.text,
        dev: section === 'devDependencies',
        byOthers: section === 'peerDependencies' || section === 'optionalDependencies',
        at,
        nameAt: keyAt,
      });
  for (const { key, value } of entriesOf(child(root, 'scripts')))
    draft.command(textOf(value) ?? '', value.at, key);
  draft.role = roleOf(root);
}

/** Frameworks of servers: a command that starts one is a program, not a tool. */
const servers = /^(?:express|fastify|koa|hono|@hapi\/hapi|@nestjs\/core|next)$/;

function roleOf(root: DataNode | undefined): PackageRole | undefined {
  const has = (...keys: readonly string[]) => keys.some(key => child(root, key) !== undefined);
  const depends = (pattern: RegExp) =>
    entriesOf(child(root, 'dependencies')).some(({ key }) => pattern.test(key));
  // A server for an assistant, which starts it like a tool.
  if (has('bin') && depends(/^@modelcontextprotocol\//)) return 'tool';
  if (child(root, 'scripts', 'start') !== undefined) return 'program';
  if (has('bin')) return depends(servers) ? 'program' : 'tool';
  const isPrivate = child(root, 'private')?.text === 'true';
  // `npm init` writes `main` for everybody.
  return !isPrivate && has('publishConfig', 'files', 'exports', 'module', 'types', 'typings')
    ? 'library'
    : undefined;
}

/** `go.mod`. */
export function readGoMod(source: string, draft: Draft): void {
  let block: string | undefined;
  for (const { start, text } of linesOf(source)) {
    const comment = text.indexOf('//');
    if (comment >= 0) draft.comments.push({ start: start + comment, end: start + text.length });
    const line = comment < 0 ? text : text.slice(0, comment);
    const opening = /^\s*(\w+)\s*\(\s*$/.exec(line);
    if (opening !== null) {
      [, block] = opening;
      continue;
    }
    if (/^\s*\)/.test(line)) {
      block = undefined;
      continue;
    }
    const single = /^\s*(module|require)\s+/.exec(line);
    const keyword = single?.[1] ?? block;
    const [, name, version] =
      /^\s*"?([^\s"]+)"?(?:\s+(\S+))?/.exec(line.slice(single?.[0].length ?? 0)) ?? [];
    if (name === undefined) continue;
    const at = { start: start + line.indexOf(name), end: start + line.indexOf(name) + name.length };
    if (keyword === 'module') draft.services.push({ name, folder: '.', at });
    // What others bring is nobody's choice: `grpc` alone brings OpenTelemetry.
    else if (keyword === 'require' && !/\/\/\s*indirect\b/.test(text)) {
      const whole = { start: at.start, end: start + line.trimEnd().length };
      draft.dependencies.push({ ecosystem: 'go', name, version, dev: false, at: whole, nameAt: at });
    }
  }
}

/** `name[extra]>=1.0; marker`. */
export function addRequirement(text: string, start: number, dev: boolean, draft: Draft): void {
  const match = /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/s.exec(text);
  if (match === null) return;
  const [, name, rest] = match;
  const nameStart = start + text.indexOf(name);
  draft.dependencies.push({
    ecosystem: 'pypi',
    name: name.toLowerCase().replaceAll(/[_.]/g, '-'),
    version: /^[^;#]*/.exec(rest)?.[0].trim() || undefined,
    dev,
    at: { start: nameStart, end: start + text.trimEnd().length },
    nameAt: { start: nameStart, end: nameStart + name.length },
  });
}

/** `requirements.txt`; options and paths are left out. */
export function readRequirements(source: string, draft: Draft, path: string): void {
  const dev = /dev|test|lint|docs/i.test(path.slice(path.lastIndexOf('/') + 1));
  for (const { start, text } of linesOf(source)) {
    const comment = /(?:^|\s)#.*$/.exec(text);
    if (comment !== null) draft.comments.push({ start: start + text.indexOf('#'), end: start + text.length });
    const line = comment === null ? text : text.slice(0, comment.index);
    if (!/^\s*(?:-|\.|\/|\w+:\/\/)/.test(line)) addRequirement(line, start, dev, draft);
  }
}

/** `setup.cfg`. */
export function readSetupCfg(source: string, draft: Draft): void {
  let section = '';
  let key = '';
  for (const { start, text } of linesOf(source)) {
    const header = /^\[(.+)\]/.exec(text);
    const pair = /^([\w.-]+)\s*[=:]\s*(.*)$/.exec(text);
    if (header !== null) [, section] = header;
    else if (pair !== null) {
      key = pair[1];
      if (section === 'metadata' && key === 'name') {
        const at = { start: start + text.length - pair[2].length, end: start + text.length };
        draft.services.push({ name: pair[2].trim(), folder: '.', at });
      } else if (section === 'metadata' && key === 'classifiers') draft.role = 'library';
      else readValue(pair[2], start + text.length - pair[2].length);
    } else if (/^\s+\S/.test(text)) readValue(text, start);
  }

  function readValue(text: string, start: number): void {
    const isRuntime = section === 'options' && key === 'install_requires';
    if ((isRuntime || section === 'options.extras_require') && text.trim() !== '')
      addRequirement(text, start, !isRuntime, draft);
  }
}

/** .NET's `appsettings.json`: what concerns OpenTelemetry. */
export function readAppSettings(source: string, draft: Draft): void {
  const { root, comments } = parseJson(source);
  draft.comments = [...comments];
  for (const { key, keyAt, value, at } of entriesOf(root)) {
    if (value.entries === undefined && /^OTEL_/.test(key))
      draft.variable(key, keyAt, value.text, value.at, at, undefined);
    if (!/opentelemetry|otlp|otel|telemetry|tracing|jaeger|observability/i.test(key)) continue;
    for (const entry of entriesOf(value))
      if (/^service_?name$/i.test(entry.key) && entry.value.text !== undefined)
        draft.annotations.push({ name: 'service.name', value: entry.value.text, at: entry.value.at });
  }
}

/** VS Code's `launch.json` and .NET's `launchSettings.json`. */
export function readLaunch(source: string, draft: Draft): void {
  const { root, comments } = parseJson(source);
  draft.comments = [...comments];
  for (const configuration of itemsOf(child(root, 'configurations'))) {
    const scope = child(configuration, 'name')?.text;
    for (const { key, keyAt, value, at } of entriesOf(child(configuration, 'env')))
      draft.variable(key, keyAt, value.text, value.at, at, scope);
    const words = ['runtimeExecutable', 'runtimeArgs', 'module', 'program', 'args', 'vmArgs'].flatMap(
      key => textOf(child(configuration, key)) ?? [],
    );
    draft.command(words.join(' '), configuration.at, scope);
  }
  for (const { key: scope, value } of entriesOf(child(root, 'profiles')))
    for (const { key, keyAt, value: text, at } of entriesOf(child(value, 'environmentVariables')))
      draft.variable(key, keyAt, text.text, text.at, at, scope);
}

export type AddDependency = (
  name: string,
  version: string | undefined,
  at: Extent,
  nameAt: Extent,
  dev?: boolean,
) => void;

export function adderFor(ecosystem: ConfigDependency['ecosystem'], draft: Draft): AddDependency {
  return (name, version, at, nameAt, dev = false) =>
    draft.dependencies.push({ ecosystem, name, version, dev, at, nameAt });
}
