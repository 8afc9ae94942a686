import { readExpression } from './goExpressions.ts';
import { stringText } from './goNames.ts';
import { readStatement } from './goStatements.ts';
import type { FileParts, LanguageAdapter } from './language.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

export const go: LanguageAdapter = {
  id: 'go',
  extensions: ['.go'],
  grammar: 'tree-sitter-go',
  containers: new Set(['source_file']),
  leaves: new Set([
    'comment',
    'identifier',
    'field_identifier',
    'package_identifier',
    'type_identifier',
    'label_name',
    'blank_identifier',
    'interpreted_string_literal',
    'raw_string_literal',
    'rune_literal',
    'int_literal',
    'float_literal',
    'imaginary_literal',
    'type_parameter_list',
    'type_arguments',
    'interface_type',
    'function_type',
    'channel_type',
  ]),
  expression: readExpression,
  statement: readStatement,
  read: readFile,
  parsable: source => source.replace(newOfValue, 'neu('),
};

/** Since Go 1.26 `new` takes values, too, `new(name())`; to the grammar all that it is given is a type. */
const newOfValue =
  /\bnew\((?=\s*(?:["'`\d&!-]|\[[^\]\n]*\][\w.*]*\{|(?!(?:func|struct|interface|map|chan)\b)[A-Za-z_]\w*(?:\.\w+)*(?:\[[^\]\n]*\])?\s*(?:[-+/%<>=!&|{(]|\*\s*\w)|[A-Za-z_]\w*\.\w+\.\w))/g;

function readFile(root: SyntaxNode, reading: Reading): FileParts {
  const clause = root.childOf('package_clause');
  for (const declaration of root.items)
    if (declaration.type === 'import_declaration') readImports(declaration, reading);
  const body = reading.statements(
    root.items.filter(({ type }) => type !== 'import_declaration' && type !== 'package_clause'),
  );
  return { body, packageName: clause?.item?.text ?? '' };
}

/** Packages are called by their last segment, without a version: `go.opentelemetry.io/otel/semconv/v1.26.0` is `semconv`. */
function readImports(declaration: SyntaxNode, reading: Reading): void {
  const specs = declaration.items.flatMap(item =>
    item.type === 'import_spec_list' ? item.items.filter(({ type }) => type === 'import_spec') : [item],
  );
  for (const spec of specs) {
    const path = spec.child('path');
    if (path === undefined) continue;
    const module = stringText(path);
    const name = spec.child('name');
    const dot = name?.type === 'dot';
    reading.imports.push({
      at: specs.length === 1 ? declaration : spec,
      statementAt: declaration,
      module,
      name: name?.type === 'blank_identifier' || name?.text === '_' ? '' : '*',
      local: dot ? '.' : (name?.text ?? packageName(module)),
      typeOnly: false,
      late: false,
    });
  }
}

/** What a package is called by whoever imports it; `gopkg.in/yaml.v3` is `yaml`, `go-redis` is `redis`. */
function packageName(module: string): string {
  const segments = module.split('/');
  let last = segments.pop() ?? '';
  if (/^v\d+(?:\.\d+)*$/.test(last) && segments.length > 0) last = segments.pop() ?? '';
  return last
    .replace(/\.v\d+$/, '')
    .replace(/^go-|-go$|\.go$/g, '')
    .replace(/-/g, '_');
}
