import { readBlock } from './csharpBlocks.ts';
import { readExpression } from './csharpExpressions.ts';
import { nameText } from './csharpNames.ts';
import { readStatement } from './csharpStatements.ts';
import type { FileParts, LanguageAdapter } from './language.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

export const csharp: LanguageAdapter = {
  id: 'csharp',
  extensions: ['.cs'],
  grammar: 'tree-sitter-c-sharp',
  containers: new Set([
    'compilation_unit',
    'namespace_declaration',
    'class_declaration',
    'struct_declaration',
    'record_declaration',
    'interface_declaration',
    'declaration_list',
  ]),
  leaves: new Set([
    'comment',
    'identifier',
    'modifier',
    'implicit_type',
    'predefined_type',
    'array_type',
    'nullable_type',
    'pointer_type',
    'function_pointer_type',
    'tuple_type',
    'type_argument_list',
    'type_parameter_list',
    'type_parameter_constraints_clause',
    'implicit_parameter',
    'discard',
    'boolean_literal',
    'integer_literal',
    'real_literal',
    'null_literal',
    'character_literal',
    'string_literal',
    'verbatim_string_literal',
    'raw_string_literal',
    'string_content',
    'escape_sequence',
    'interpolation_start',
    'interpolation_quote',
    'interpolation_brace',
    'interpolation_alignment_clause',
    'interpolation_format_clause',
    'preproc_region',
    'preproc_endregion',
    'preproc_pragma',
    'preproc_nullable',
    'delegate_declaration',
  ]),
  // `[]`
  neverEmpty: new Set(['element_binding_expression', 'bracketed_argument_list']),
  expression: readExpression,
  statement: readStatement,
  read: readFile,
};

/** A file can have several namespaces; it is known by the first one. */
function readFile(root: SyntaxNode, reading: Reading): FileParts {
  const namespace = root.items.find(({ type }) => /^(?:file_scoped_)?namespace_declaration$/.test(type));
  const name = namespace?.child('name');
  return { body: readBlock(root.items, reading), packageName: name === undefined ? '' : nameText(name) };
}
