import type { FileParts, LanguageAdapter } from './language.ts';
import { readExpression } from './pythonExpressions.ts';
import { readStatement } from './pythonStatements.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

export const python: LanguageAdapter = {
  id: 'python',
  extensions: ['.py', '.pyi'],
  grammar: 'tree-sitter-python',
  containers: new Set(['module', 'class_definition', 'decorated_definition', 'block']),
  leaves: new Set([
    'comment',
    'identifier',
    'integer',
    'float',
    'string_start',
    'string_content',
    'string_end',
    'type',
    'type_conversion',
    'format_specifier',
    'dotted_name',
    'relative_import',
    'import_prefix',
    'global_statement',
    'nonlocal_statement',
    'type_alias_statement',
  ]),
  expression: readExpression,
  statement: readStatement,
  read: readModule,
};

function readModule(root: SyntaxNode, reading: Reading): FileParts {
  return { body: reading.statements(root.items) };
}
