import type { FileFacts } from '../facts/fileFacts.ts';
import type { FileSyntax, Import } from '../facts/syntax.ts';
import type { Edit } from '../rules/rule.ts';
import { indentationAt, insert, lineBreak, lineEnd } from './text.ts';

/** A name that a fix needs in the file. */
export interface WantedImport {
  /** `@opentelemetry/api`, `go.opentelemetry.io/otel/codes`, `opentelemetry.trace`, `io.opentelemetry.api.trace`. */
  readonly module: string;
  /** Exported name; `*` for the module itself (Go's packages, Python's `import m`). */
  readonly name: string;
  /** What it is called if it has to be imported; default: the name, or the module's last segment. */
  readonly local?: string;
}

export interface ImportedName {
  /** What it is called in the file: write this in the edit. */
  readonly local: string;
  /** Empty if it is imported already. */
  readonly edits: readonly Edit[];
}

/**
 * The name in the file, and what must be added to have it. Ask for all names of a fix in one call: two of one module
 * become one declaration.
 */
export function importNames(file: FileFacts, wanted: readonly WantedImport[]): ImportedName[] {
  const missing = new Map<string, string[]>();
  const names = wanted.map(want => {
    const present = findImport(file.syntax, want);
    if (present !== undefined) return { local: present, edits: [] };
    const local = freeName(file.syntax, want.local ?? defaultLocal(want));
    const list = missing.get(want.module);
    const specifier = specifierOf(file.syntax, want, local);
    if (list === undefined) missing.set(want.module, [specifier]);
    else if (!list.includes(specifier)) list.push(specifier);
    return { local, edits: [] };
  });
  const edits = insertions(file.syntax, missing);
  return names.map((name, index) => (index === 0 ? { ...name, edits } : name));
}

function findImport(syntax: FileSyntax, { module, name }: WantedImport): string | undefined {
  for (const each of syntax.imports) {
    if (each.typeOnly || each.late || each.local === '' || each.local === '_') continue;
    if (each.module === module && each.name === name) return each.local;
    // `import * as otel from 'm'`: the name is a member of it.
    if (each.module === module && each.name === '*' && name !== '*' && syntax.language !== 'go')
      return `${each.local}.${name}`;
    // `from opentelemetry import trace` has what is in the module `opentelemetry.trace`.
    if (syntax.language === 'python' && `${each.module}.${each.name}` === module)
      return name === '*' ? each.local : `${each.local}.${name}`;
  }
  return undefined;
}

function defaultLocal({ module, name }: WantedImport): string {
  if (name !== '*' && name !== 'default') return name;
  const segments = module.split(/[/.]/).filter(segment => !/^v\d+$/.test(segment));
  return segments[segments.length - 1].replace(/\W/g, '');
}

/** A name of the file's own must not be hidden. */
function freeName(syntax: FileSyntax, wish: string): string {
  const taken = (name: string) =>
    syntax.imports.some(each => each.local === name) ||
    syntax.functions.some(
      each => each.name === name && each.parent === undefined && each.className === undefined,
    ) ||
    syntax.body.some(each => each.type === 'bind' && each.targets.some(({ path }) => path === name));
  if (!taken(wish)) return wish;
  const prefixed = `otel${wish[0].toUpperCase()}${wish.slice(1)}`;
  return taken(prefixed) ? `${prefixed}2` : prefixed;
}

function specifierOf(syntax: FileSyntax, { module, name }: WantedImport, local: string): string {
  switch (syntax.language) {
    case 'python':
      if (name === '*') return local === module ? `import ${module}` : pythonModule(module, local);
      return local === name ? name : `${name} as ${local}`;
    case 'go':
      return local === defaultLocal({ module, name: '*' }) ? `"${module}"` : `${local} "${module}"`;
    case 'java':
      return name === '*' ? `import ${module}.*;` : `import ${module}.${name};`;
    case 'csharp':
      return `using ${module};`;
    default:
      if (name === '*') return `* as ${local}`;
      if (name === 'default') return local;
      return local === name ? name : isCommonJs(syntax) ? `${name}: ${local}` : `${name} as ${local}`;
  }
}

function pythonModule(module: string, local: string): string {
  const dot = module.lastIndexOf('.');
  if (dot < 0) return `import ${module} as ${local}`;
  const last = module.slice(dot + 1);
  return `from ${module.slice(0, dot)} import ${last === local ? last : `${last} as ${local}`}`;
}

function insertions(syntax: FileSyntax, missing: ReadonlyMap<string, readonly string[]>): Edit[] {
  if (missing.size === 0) return [];
  if (syntax.language === 'go') return goInsertion(syntax, [...missing.values()].flat());
  const { offset, indent } = placeOfImports(syntax, [...missing.keys()]);
  const lines = [...missing].flatMap(([module, specifiers]) =>
    declarations(syntax, module, specifiers).map(line => indent + line),
  );
  const newLine = lineBreak(syntax.source);
  const first = offset === 0 || syntax.source[offset - 1] === '\n';
  const text = first
    ? lines.map(line => line + newLine).join('')
    : lines.map(line => newLine + line).join('');
  return [insert(offset, text)];
}

function declarations(syntax: FileSyntax, module: string, specifiers: readonly string[]): string[] {
  switch (syntax.language) {
    case 'python': {
      const whole = specifiers.filter(each => /^(?:import|from) /.test(each));
      const named = specifiers.filter(each => !whole.includes(each));
      return named.length > 0 ? [...whole, `from ${module} import ${named.join(', ')}`] : whole;
    }
    case 'java':
    case 'csharp':
      return [...new Set(specifiers)];
    default: {
      const quote = quoteOf(syntax.source);
      const end =
        /^[^\n]*(?:import|require)[^\n]*[^;\s]\s*$/m.test(syntax.source.slice(0, 4_000)) &&
        !/;\s*$/m.test(syntax.source.slice(0, 4_000))
          ? ''
          : ';';
      const star = specifiers.filter(each => each.startsWith('* as '));
      const named = specifiers.filter(each => !star.includes(each));
      const common = isCommonJs(syntax);
      const lines = star.map(each =>
        common
          ? `const ${each.slice(5)} = require(${quote}${module}${quote})${end}`
          : `import ${each} from ${quote}${module}${quote}${end}`,
      );
      if (named.length === 0) return lines;
      return [
        ...lines,
        common
          ? `const { ${named.join(', ')} } = require(${quote}${module}${quote})${end}`
          : `import { ${named.join(', ')} } from ${quote}${module}${quote}${end}`,
      ];
    }
  }
}

/**
 * After the last import at the top; in the block in which others of the same package are, if that may be absent; else where a
 * file begins.
 */
function placeOfImports(
  syntax: FileSyntax,
  modules: readonly string[],
): { readonly offset: number; readonly indent: string } {
  const { source, imports } = syntax;
  const atTop = imports
    .filter(isAtTop)
    .map(each => ({ each, indent: indentationAt(source, each.statementAt.start) }));
  const ofPackage = atTop.filter(({ each }) =>
    modules.some(module => packageOf(module) === packageOf(each.module)),
  );
  const mayBeAbsent = ofPackage.length > 0 && ofPackage.every(({ indent }) => indent !== '');
  const last = (mayBeAbsent ? ofPackage : atTop.filter(({ indent }) => indent === '')).at(-1);
  return last === undefined
    ? { offset: beginOf(syntax), indent: '' }
    : { offset: lineEnd(source, last.each.statementAt.end), indent: last.indent };

  /** A `require` in the middle of a file, or an import inside a function, is no place for more. */
  function isAtTop({ late, statementAt }: Import): boolean {
    if (late) return false;
    const other = syntax.body.find(statement => statement.type === 'function' || statement.type === 'class');
    return other === undefined || statementAt.start < other.at.start;
  }
}

function packageOf(module: string): string {
  return /^@?[^./]*/.exec(module)?.[0] ?? module;
}

/** After a docstring, a licence comment, a `#!` line and `'use strict'`. */
function beginOf(syntax: FileSyntax): number {
  const [first] = syntax.body;
  const directive =
    first?.type === 'expression' && first.expression.type === 'text' ? first.at.end : undefined;
  if (directive !== undefined) return lineEnd(syntax.source, directive);
  if (syntax.language === 'java' || syntax.language === 'csharp') {
    const clause = /^\s*package\s[^;]*;/m.exec(syntax.source);
    if (clause !== null) return lineEnd(syntax.source, clause.index + clause[0].length - 1);
  }
  const begin = first?.at.start ?? 0;
  return begin === 0 ? 0 : syntax.source.lastIndexOf('\n', begin - 1) + 1;
}

function goInsertion(syntax: FileSyntax, specifiers: readonly string[]): Edit[] {
  const { source, imports } = syntax;
  const newLine = lineBreak(source);
  const block = /^import\s*\(/m.exec(source);
  if (block !== null) {
    const inside = imports.filter(each => each.statementAt.start <= block.index + block[0].length);
    const last = inside.at(-1);
    const offset = last === undefined ? block.index + block[0].length : lineEnd(source, last.at.end);
    return [insert(offset, specifiers.map(each => `${newLine}\t${each}`).join(''))];
  }
  const last = imports.at(-1);
  const clause = /^package\s+\w+/m.exec(source);
  const offset =
    last !== undefined
      ? lineEnd(source, last.statementAt.end)
      : clause === null
        ? 0
        : lineEnd(source, clause.index);
  const lead = last === undefined ? newLine : '';
  return [insert(offset, lead + specifiers.map(each => `${newLine}import ${each}`).join(''))];
}

function isCommonJs(syntax: FileSyntax): boolean {
  if (syntax.language !== 'javascript') return false;
  const declared = syntax.imports.some(({ statementAt }) => /^import\b/.test(statementAt.text));
  return !declared && /\brequire\s*\(|\bmodule\.exports\b|\bexports\./.test(syntax.source);
}

function quoteOf(source: string): string {
  const [single, double] = [source.split("'").length, source.split('"').length];
  return double > single ? '"' : "'";
}
