import { readExpression } from './javaExpressions.ts';
import { nameText } from './javaNames.ts';
import { readStatement } from './javaStatements.ts';
import type { FileParts, LanguageAdapter } from './language.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

export const java: LanguageAdapter = {
  id: 'java',
  extensions: ['.java'],
  grammar: 'tree-sitter-java',
  containers: new Set([
    'program',
    'class_declaration',
    'class_body',
    'interface_declaration',
    'interface_body',
    'enum_declaration',
    'enum_body',
    'enum_body_declarations',
    'record_declaration',
  ]),
  leaves: new Set([
    'line_comment',
    'block_comment',
    'identifier',
    'scoped_identifier',
    'type_identifier',
    'scoped_type_identifier',
    'generic_type',
    'array_type',
    'integral_type',
    'floating_point_type',
    'boolean_type',
    'void_type',
    'type_arguments',
    'type_parameters',
    'dimensions',
    'class_literal',
    'character_literal',
    'string_fragment',
    'multiline_string_fragment',
    'escape_sequence',
    'decimal_integer_literal',
    'hex_integer_literal',
    'octal_integer_literal',
    'binary_integer_literal',
    'decimal_floating_point_literal',
    'hex_floating_point_literal',
    'throws',
    'permits',
    'module_declaration',
  ]),
  expression: readExpression,
  statement: readStatement,
  read: readFile,
};

function readFile(root: SyntaxNode, reading: Reading): FileParts {
  const body = reading.statements(root.items.filter(({ type }) => type !== 'package_declaration'));
  const declared = root.childOf('package_declaration')?.items.at(-1);
  return { body, packageName: declared === undefined ? '' : nameText(declared) };
}
