import type { Node } from '@vscode/tree-sitter-wasm';
import {
  type CallParts,
  concatenated,
  maxValueDepth,
  printfText,
  staticText,
  text,
  unknown,
  type Value,
} from '../facts/syntax.ts';
import {
  type LanguageAdapter,
  namedChildren,
  nameOf,
  operands,
  SyntaxCollector,
  walkNodes,
} from './language.ts';

const visited = new Set([
  'function_declaration',
  'method_declaration',
  'func_literal',
  'call_expression',
  'var_spec',
  'const_spec',
  'short_var_declaration',
  'assignment_statement',
  'keyed_element',
]);

export const go: LanguageAdapter = {
  id: 'go',
  extensions: ['.go'],
  grammar: 'tree-sitter-go',
  read(root) {
    const facts = new SyntaxCollector();
    walkNodes(root, visited, node => {
      const name = node.childForFieldName('name')?.text ?? '';
      if (node.type === 'call_expression') facts.addCall(node, calleeNode(node), () => callParts(node, 0));
      else if (node.type === 'func_literal') facts.addFunction(node, '', parameterNames(node));
      else if (node.type.endsWith('_declaration') && node.type !== 'short_var_declaration')
        facts.addFunction(node, name, parameterNames(node), receiverType(node));
      else addBindings(facts, node);
    });
    return facts;
  },
};

/** `name = value`; a field of a composite literal is bound as `.field`. */
function addBindings(facts: SyntaxCollector, node: Node): void {
  if (node.type === 'keyed_element') {
    const [key, value] = namedChildren(node).map(unwrapElement);
    if (key?.type === 'identifier' && value !== undefined)
      facts.bindings.add(`.${key.text}`, () => readValue(value, 0));
    return;
  }
  const spec = node.type === 'var_spec' || node.type === 'const_spec';
  const names = spec
    ? node.childrenForFieldName('name').filter(name => name?.type === 'identifier')
    : namedChildren(node.childForFieldName('left'));
  const values = namedChildren(node.childForFieldName(spec ? 'value' : 'right'));
  if (names.length !== values.length) return;
  names.forEach((name, index) => {
    const path = referencePath(name);
    if (path !== undefined) facts.bindings.add(path, () => readValue(values[index], 0));
  });
}

/** Keys and values of a composite literal are wrapped in `literal_element`. */
function unwrapElement(node: Node): Node {
  return node.type === 'literal_element' ? (node.firstNamedChild ?? node) : node;
}

function receiverType(node: Node): string {
  const receiver = node.childForFieldName('receiver');
  return /(\w+)(?:\[[^\]]*\])?\s*\)$/.exec(receiver?.text ?? '')?.[1] ?? '';
}

function parameterNames(node: Node): string[] {
  return namedChildren(node.childForFieldName('parameters')).flatMap(parameter => {
    const names = parameter.childrenForFieldName('name').flatMap(name => (name === null ? [] : [name.text]));
    return names.length > 0 ? names : [''];
  });
}

function calleeNode(call: Node): Node {
  const callee = call.childForFieldName('function') ?? call;
  return callee.type === 'selector_expression' ? (callee.childForFieldName('field') ?? callee) : callee;
}

function callParts(node: Node, depth: number): CallParts {
  const callee = node.childForFieldName('function');
  const method = callee?.type === 'selector_expression';
  const operand = method ? callee.childForFieldName('operand') : null;
  return {
    callee: nameOf(calleeNode(node)),
    receiver: operand === null ? undefined : readValue(operand, depth + 1),
    arguments: namedChildren(node.childForFieldName('arguments')).map(item => readValue(item, depth + 1)),
    named: new Map(),
  };
}

function readValue(node: Node, depth: number): Value {
  if (depth > maxValueDepth) return unknown;
  switch (node.type) {
    case 'interpreted_string_literal':
      return text(unescaped(node.text.slice(1, -1)));
    case 'raw_string_literal':
      return text(node.text.slice(1, -1));
    case 'parenthesized_expression': {
      const [inner] = namedChildren(node);
      return inner === undefined ? unknown : readValue(inner, depth + 1);
    }
    case 'binary_expression': {
      const terms = operands(node, '+');
      return terms.length > 1 ? concatenated(terms.map(term => readValue(term, depth + 1))) : unknown;
    }
    case 'call_expression': {
      const parts = callParts(node, depth + 1);
      const format = parts.callee === 'Sprintf' ? staticText(parts.arguments[0]) : undefined;
      return format === undefined ? { type: 'call', ...parts } : printfText(format, parts.arguments.slice(1));
    }
    case 'func_literal':
      return { type: 'function' };
    default: {
      const path = referencePath(node);
      return path === undefined ? unknown : { type: 'reference', path };
    }
  }
}

/** `a.b.c`; undefined for what is not a chain of names. */
function referencePath(node: Node | null): string | undefined {
  const names: string[] = [];
  let at = node;
  while (at?.type === 'selector_expression') {
    names.unshift(at.childForFieldName('field')?.text ?? '');
    if (names.length > 16) return undefined;
    at = at.childForFieldName('operand');
  }
  return at?.type === 'identifier' || at?.type === 'field_identifier'
    ? [at.text, ...names].join('.')
    : undefined;
}

function unescaped(raw: string): string {
  return raw.replace(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|(.))/g, (_, byte, unit, letter) => {
    const code = byte ?? unit;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return letter === 'n' ? '\n' : letter === 't' ? '\t' : letter === 'r' ? '\r' : letter;
  });
}
