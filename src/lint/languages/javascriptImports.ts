import { type CallExpression, type Expression, type Import, staticText } from '../facts/syntax.ts';
import { propertyName, stringText, unwrapped } from './javascriptNames.ts';
import { readTargets } from './javascriptPatterns.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/** `import a, { b as c } from 'm'`, `import * as n from 'm'`, `import 'm'`, `import x = require('m')`. */
export function readImports(node: SyntaxNode, reading: Reading): void {
  const required = node.childOf('import_require_clause');
  const source = (required ?? node).child('source');
  if (source === undefined) return;
  const module = stringText(source);
  const typeOnly = node.has('type') || node.has('typeof');
  const found: Import[] = [];
  const add = (at: SyntaxNode, name: string, local: string, onlyType = typeOnly) =>
    found.push({ at, statementAt: node, module, name, local, typeOnly: onlyType, late: false });
  if (required !== undefined) add(required, '*', required.item?.text ?? '');
  for (const clause of node.childOf('import_clause')?.items ?? [])
    if (clause.type === 'identifier') add(clause, 'default', clause.text);
    else if (clause.type === 'namespace_import') add(clause, '*', clause.item?.text ?? '');
    else
      for (const each of clause.items) {
        const name = propertyName(each.child('name'));
        add(
          each,
          name,
          each.child('alias')?.text ?? name,
          typeOnly || each.has('type') || each.has('typeof'),
        );
      }
  if (found.length === 0) add(node, '', '');
  const [first, ...others] = found;
  reading.imports.push(...(others.length === 0 ? [{ ...first, at: node }] : found));
}

/**
 * `export { a as b } from 'm'`, `export * from 'm'`, `export * as ns from 'm'`: imports whose local names no code can
 * write, `m#a`, and the names under which they are exported (see `FileSyntax.exports`).
 */
export function readReexports(node: SyntaxNode, source: SyntaxNode, reading: Reading): void {
  const module = stringText(source);
  for (const { name, at } of reexported(node))
    reading.imports.push({
      at: at === undefined ? node : at,
      statementAt: node,
      module,
      name,
      local: `${module}#${name}`,
      typeOnly: node.has('type'),
      late: false,
    });
}

/** What an `export … from` takes from the other module, and as what; `as` is `*` for `export *`. */
export function reexported(node: SyntaxNode): { name: string; as: string; at: SyntaxNode | undefined }[] {
  const clause = node.childOf('export_clause');
  const namespace = node.childOf('namespace_export');
  if (namespace !== undefined)
    return [{ name: '*', as: propertyName(namespace.items.at(-1)), at: undefined }];
  if (clause === undefined) return node.has('*') ? [{ name: '*', as: '*', at: undefined }] : [];
  return specifiers(clause);
}

export function specifiers(clause: SyntaxNode): { name: string; as: string; at: SyntaxNode }[] {
  return clause.items.map(each => {
    const name = propertyName(each.child('name'));
    return {
      name,
      as: each.child('alias') === undefined ? name : propertyName(each.child('alias')),
      at: each,
    };
  });
}

/**
 * `const { a: b } = require('m')`, `const a = require('m').a`, `const m = await import('m')`: imports too.
 * @returns false for any other declaration
 */
export function readRequired(declarator: SyntaxNode, statement: SyntaxNode, reading: Reading): boolean {
  const pattern = declarator.child('name');
  const value = declarator.child('value');
  if (pattern === undefined || value === undefined) return false;
  return (
    readTogether(pattern, unwrapped(value), statement, reading) ||
    readOne(pattern, loadedBy(unwrapped(value)), statement, reading)
  );
}

/** `const [{ a }, b] = await Promise.all([import('m'), import('n')])` */
function readTogether(
  pattern: SyntaxNode,
  value: SyntaxNode,
  statement: SyntaxNode,
  reading: Reading,
): boolean {
  if (pattern.type !== 'array_pattern' || value.type !== 'await_expression') return false;
  const call = value.item === undefined ? undefined : unwrapped(value.item);
  if (call?.type !== 'call_expression' || call.child('function')?.text !== 'Promise.all') return false;
  const [list] = call.child('arguments')?.items ?? [];
  const modules = list?.type === 'array' ? list.items.map(each => moduleLoaded(unwrapped(each))) : [];
  // Holes have no node: what stands behind them is not known by its place.
  if (modules.length !== pattern.items.length || modules.includes(undefined)) return false;
  for (const [index, module] of modules.entries()) {
    const loaded = module === undefined ? undefined : { module, name: '*', dynamic: true };
    readOne(pattern.items[index], loaded, statement, reading);
  }
  return true;
}

function readOne(
  pattern: SyntaxNode,
  loaded: Loaded | undefined,
  statement: SyntaxNode,
  reading: Reading,
): boolean {
  if (loaded === undefined) return false;
  const { module, name, dynamic } = loaded;
  const late = dynamic || reading.inFunction !== undefined;
  const targets = readTargets(pattern, reading);
  // Parts of an exported name are no names of the module.
  if (targets.some(({ from }) => from !== undefined && (name !== '*' || /[.[]/.test(String(from)))))
    return false;
  for (const { at, path, from } of targets)
    reading.imports.push({
      at: targets.length === 1 ? statement : at,
      statementAt: statement,
      module,
      name: from === undefined || from === '...' ? name : String(from),
      local: path,
      typeOnly: false,
      late,
    });
  return true;
}

interface Loaded {
  readonly module: string;
  /** Of what is taken from it; `*` for the whole module. */
  readonly name: string;
  /** Only loaded when the code is reached. */
  readonly dynamic: boolean;
}

function loadedBy(value: SyntaxNode): Loaded | undefined {
  const awaited =
    value.type === 'await_expression' && value.item !== undefined ? unwrapped(value.item) : value;
  const member = awaited.type === 'member_expression' ? awaited : undefined;
  const call = unwrapped(member?.child('object') ?? awaited);
  const dynamic = call.child('function')?.type === 'import';
  const module = dynamic && awaited === value ? undefined : moduleLoaded(call);
  return module === undefined ? undefined : { module, name: member?.child('property')?.text ?? '*', dynamic };
}

/** `require('m')`, `import('m')` */
function moduleLoaded(call: SyntaxNode): string | undefined {
  const callee = call.child('function');
  if (call.type !== 'call_expression' || (callee?.text !== 'require' && callee?.type !== 'import'))
    return undefined;
  const [argument, ...others] = call.child('arguments')?.items ?? [];
  return argument?.type !== 'string' || others.length > 0 ? undefined : stringText(argument);
}

/** `require('./tracing')` and `import('./routes')` that are given no name. */
export function readLoaded(call: CallExpression, reading: Reading): void {
  const dynamic = call.callee === 'import';
  if (call.receiver !== undefined || (call.callee !== 'require' && !dynamic)) return;
  const [first]: readonly (Expression | undefined)[] = call.arguments;
  const module = staticText(first);
  if (module === undefined) return;
  reading.imports.push({
    at: call.at,
    statementAt: call.at,
    module,
    name: '',
    local: '',
    typeOnly: false,
    late: dynamic || call.inFunction !== undefined,
  });
}
