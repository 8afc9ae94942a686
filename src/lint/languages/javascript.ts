import { readExpression } from './javascriptExpressions.ts';
import { readExports, readStatement } from './javascriptStatements.ts';
import type { FileParts, LanguageAdapter } from './language.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/** What the grammars of JavaScript and TypeScript, which extends it, have in common. */
export const ecmaScript: Pick<
  LanguageAdapter,
  'containers' | 'leaves' | 'expression' | 'statement' | 'read'
> = {
  containers: new Set([
    'program',
    'export_statement',
    'class_declaration',
    'abstract_class_declaration',
    'class_body',
  ]),
  leaves: new Set([
    'comment',
    'identifier',
    'property_identifier',
    'private_property_identifier',
    'shorthand_property_identifier',
    'shorthand_property_identifier_pattern',
    'statement_identifier',
    'type_identifier',
    'this',
    'number',
    'string',
    'string_fragment',
    'escape_sequence',
    'regex',
    'type_annotation',
    'type_arguments',
    'type_parameters',
    'type_predicate_annotation',
    'asserts_annotation',
    'type_alias_declaration',
    'generic_type',
    'object_type',
    'function_type',
    'union_type',
    'intersection_type',
    'function_signature',
    'abstract_method_signature',
    'method_signature',
  ]),
  expression: readExpression,
  statement: readStatement,
  read: readProgram,
};

export const javascript: LanguageAdapter = {
  ...ecmaScript,
  id: 'javascript',
  extensions: ['.js', '.mjs', '.cjs', '.jsx'],
  grammar: 'tree-sitter-javascript',
};

function readProgram(root: SyntaxNode, reading: Reading): FileParts {
  const body = reading.statements(root.items);
  return { body, exports: readExports(root, body) };
}
