import type { Node } from '@vscode/tree-sitter-wasm';
import { type CallParts, concatenated, maxValueDepth, text, unknown, type Value } from '../facts/syntax.ts';
import {
  type LanguageAdapter,
  namedChildren,
  nameOf,
  operands,
  SyntaxCollector,
  walkNodes,
} from './language.ts';

const functionTypes = new Set([
  'function_declaration',
  'function_expression',
  'generator_function',
  'generator_function_declaration',
  'arrow_function',
  'method_definition',
]);
const visited = new Set([
  ...functionTypes,
  'class_declaration',
  'abstract_class_declaration',
  'class',
  'call_expression',
  'new_expression',
  'variable_declarator',
  'assignment_expression',
  'field_definition',
  'public_field_definition',
  'enum_declaration',
  'pair',
]);
/** Nodes that stand for the expression inside them. */
const wrappers = new Set([
  'parenthesized_expression',
  'await_expression',
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
]);

/** Reads a tree of the JavaScript grammar or of the TypeScript grammars, which extend it. */
export function readEcmaScript(root: Node): SyntaxCollector {
  const facts = new SyntaxCollector();
  walkNodes(root, visited, node => {
    if (functionTypes.has(node.type)) facts.addFunction(node, functionName(node), parameterNames(node));
    else if (node.type === 'call_expression' || node.type === 'new_expression')
      facts.addCall(
        node,
        calleeNode(node),
        () => callParts(node, 0),
        () => decoratedName(node),
      );
    else if (node.type === 'enum_declaration') addEnum(facts, node);
    else if (node.type === 'pair') addEntry(facts, node);
    else if (node.type.startsWith('class') || node.type === 'abstract_class_declaration')
      facts.addClass(node, node.childForFieldName('name')?.text ?? '');
    else addBinding(facts, node);
  });
  return facts;
}

export const javascript: LanguageAdapter = {
  id: 'javascript',
  extensions: ['.js', '.mjs', '.cjs', '.jsx'],
  grammar: 'tree-sitter-javascript',
  read: readEcmaScript,
};

function addBinding(facts: SyntaxCollector, node: Node): void {
  const field = node.type === 'field_definition' || node.type === 'public_field_definition';
  const left =
    node.childForFieldName('name') ?? node.childForFieldName('property') ?? node.childForFieldName('left');
  const right = node.childForFieldName('value') ?? node.childForFieldName('right');
  if (left === null || right === null) return;
  const path = field ? `this.${left.text}` : referencePath(left);
  if (path !== undefined) facts.bindings.add(path, () => readValue(right, 0));
}

function addEntry(facts: SyntaxCollector, node: Node): void {
  const key = node.childForFieldName('key');
  const value = node.childForFieldName('value');
  if (key?.type === 'string' && value !== null) facts.addEntry(node, propertyName(key), readValue(value, 0));
}

function addEnum(facts: SyntaxCollector, node: Node): void {
  const fields = new Map<string, Value>();
  for (const member of namedChildren(node.childForFieldName('body'))) {
    const name = member.childForFieldName('name');
    const value = member.childForFieldName('value');
    if (name !== null && value !== null) fields.set(name.text, readValue(value, 0));
  }
  const name = node.childForFieldName('name');
  if (name !== null) facts.bindings.add(name.text, () => ({ type: 'object', fields }));
}

function functionName(node: Node): string {
  const own = node.childForFieldName('name');
  if (own !== null) return propertyName(own);
  const parent = node.parent;
  if (parent === null) return '';
  if (wrappers.has(parent.type)) return functionName(parent);
  const holder =
    parent.type === 'variable_declarator' || parent.type === 'public_field_definition'
      ? parent.childForFieldName('name')
      : parent.type === 'field_definition'
        ? parent.childForFieldName('property')
        : parent.type === 'pair'
          ? parent.childForFieldName('key')
          : parent.type === 'assignment_expression'
            ? parent.childForFieldName('left')
            : null;
  if (holder === null) return '';
  return holder.type === 'member_expression'
    ? (holder.childForFieldName('property')?.text ?? '')
    : propertyName(holder);
}

function parameterNames(node: Node): string[] {
  const single = node.childForFieldName('parameter');
  if (single !== null) return [single.text];
  return namedChildren(node.childForFieldName('parameters')).map(parameter => {
    const name = parameter.childForFieldName('pattern') ?? parameter.childForFieldName('left') ?? parameter;
    return name.type === 'identifier' ? name.text : '';
  });
}

/** `@Span('load') load() {…}`: the name of the method. */
function decoratedName(node: Node): string | undefined {
  const decorator = node.parent;
  if (decorator?.type !== 'decorator') return undefined;
  const inside = decorator.parent?.childForFieldName('name');
  if (inside !== null && inside !== undefined) return inside.text;
  let next = decorator.nextNamedSibling;
  while (next?.type === 'decorator') next = next.nextNamedSibling;
  return next?.childForFieldName('name')?.text;
}

function calleeNode(call: Node): Node {
  const callee = call.childForFieldName('function') ?? call.childForFieldName('constructor') ?? call;
  return callee.type === 'member_expression' ? (callee.childForFieldName('property') ?? callee) : callee;
}

function callParts(node: Node, depth: number): CallParts {
  const callee = node.childForFieldName('function') ?? node.childForFieldName('constructor');
  const list = node.childForFieldName('arguments');
  const method = callee?.type === 'member_expression';
  const object = method ? callee.childForFieldName('object') : null;
  return {
    callee: nameOf(calleeNode(node)),
    receiver: object === null ? undefined : readValue(object, depth + 1),
    arguments: list?.type === 'arguments' ? namedChildren(list).map(item => readValue(item, depth + 1)) : [],
    named: new Map(),
  };
}

function readValue(node: Node, depth: number): Value {
  if (depth > maxValueDepth) return unknown;
  if (wrappers.has(node.type)) {
    const [inner] = namedChildren(node);
    return inner === undefined ? unknown : readValue(inner, depth + 1);
  }
  switch (node.type) {
    case 'string':
      return text(unescaped(node.text.slice(1, -1)));
    case 'template_string':
      return templateText(node, depth);
    case 'binary_expression': {
      const terms = operands(node, '+');
      return terms.length > 1 ? concatenated(terms.map(term => readValue(term, depth + 1))) : unknown;
    }
    case 'ternary_expression': {
      const arms = [node.childForFieldName('consequence'), node.childForFieldName('alternative')];
      return {
        type: 'choice',
        values: arms.filter(arm => arm !== null).map(arm => readValue(arm, depth + 1)),
      };
    }
    case 'call_expression':
    case 'new_expression':
      return { type: 'call', ...callParts(node, depth + 1) };
    case 'object':
      return { type: 'object', fields: objectFields(node, depth) };
    case 'array':
      return { type: 'list', values: namedChildren(node).map(item => readValue(item, depth + 1)) };
    default: {
      if (functionTypes.has(node.type)) return { type: 'function' };
      const path = referencePath(node);
      return path === undefined ? unknown : { type: 'reference', path };
    }
  }
}

function objectFields(node: Node, depth: number): Map<string, Value> {
  const fields = new Map<string, Value>();
  for (const member of namedChildren(node)) {
    const key = member.childForFieldName('key');
    const value = member.childForFieldName('value');
    if (member.type === 'shorthand_property_identifier')
      fields.set(member.text, { type: 'reference', path: member.text });
    else if (key !== null && value !== null) fields.set(propertyName(key), readValue(value, depth + 1));
  }
  return fields;
}

function templateText(node: Node, depth: number): Value {
  const source = node.text;
  const parts: (string | Value)[] = [];
  let at = 1;
  for (const child of namedChildren(node)) {
    if (child.type !== 'template_substitution') continue;
    const start = child.startIndex - node.startIndex;
    parts.push(unescaped(source.slice(at, start)));
    const [inner] = namedChildren(child);
    parts.push(inner === undefined ? unknown : readValue(inner, depth + 1));
    at = child.endIndex - node.startIndex;
  }
  parts.push(unescaped(source.slice(at, -1)));
  return { type: 'text', parts };
}

/** `a.b.c`; undefined for what is not a chain of names. */
function referencePath(node: Node | null): string | undefined {
  const names: string[] = [];
  let at = node;
  while (at?.type === 'member_expression') {
    names.unshift(at.childForFieldName('property')?.text ?? '');
    if (names.length > 16) return undefined;
    at = at.childForFieldName('object');
    while (at !== null && at.type === 'non_null_expression') at = at.firstNamedChild;
  }
  if (at === null || !/^(identifier|this|property_identifier|private_property_identifier)$/.test(at.type))
    return undefined;
  return [at.text, ...names].join('.');
}

function propertyName(node: Node): string {
  return node.type === 'string' ? unescaped(node.text.slice(1, -1)) : node.text;
}

const escapes: { [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
};

function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(
    /\\(?:u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|[\s\S]))/g,
    (_, point, unit, byte, letter) => {
      const code = point ?? unit ?? byte;
      if (code !== undefined) {
        const value = Number.parseInt(code, 16);
        return value <= 0x10ffff ? String.fromCodePoint(value) : '';
      }
      return letter === '\n' || letter === '\r\n' ? '' : (escapes[letter] ?? letter);
    },
  );
}
