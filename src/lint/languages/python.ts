import type { Node } from '@vscode/tree-sitter-wasm';
import {
  type CallParts,
  concatenated,
  maxValueDepth,
  printfText,
  staticText,
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

const visited = new Set(['function_definition', 'class_definition', 'call', 'assignment']);

export const python: LanguageAdapter = {
  id: 'python',
  extensions: ['.py', '.pyi'],
  grammar: 'tree-sitter-python',
  read(root) {
    const facts = new SyntaxCollector();
    walkNodes(root, visited, node => {
      const name = node.childForFieldName('name')?.text ?? '';
      if (node.type === 'function_definition') facts.addFunction(node, name, parameterNames(node));
      else if (node.type === 'class_definition') facts.addClass(node, name);
      else if (node.type === 'call')
        facts.addCall(
          node,
          calleeNode(node),
          () => callParts(node, 0),
          () => decoratedName(node),
        );
      else addBinding(facts, node);
    });
    return facts;
  },
};

function addBinding(facts: SyntaxCollector, node: Node): void {
  const left = referencePath(node.childForFieldName('left'));
  const right = node.childForFieldName('right');
  if (left !== undefined && right !== null) facts.bindings.add(left, () => readValue(right, 0));
}

/** Without the `self` or `cls` of a method. */
function parameterNames(node: Node): string[] {
  const names = namedChildren(node.childForFieldName('parameters')).map(parameter => {
    const name = parameter.childForFieldName('name') ?? parameter;
    return name.type === 'typed_parameter' ? (name.firstNamedChild?.text ?? '') : name.text;
  });
  return names[0] === 'self' || names[0] === 'cls' ? names.slice(1) : names;
}

function decoratedName(node: Node): string | undefined {
  if (node.parent?.type !== 'decorator') return undefined;
  return node.parent.parent?.childForFieldName('definition')?.childForFieldName('name')?.text;
}

function calleeNode(call: Node): Node {
  const callee = call.childForFieldName('function') ?? call;
  return callee.type === 'attribute' ? (callee.childForFieldName('attribute') ?? callee) : callee;
}

function callParts(node: Node, depth: number): CallParts {
  const callee = node.childForFieldName('function');
  const method = callee?.type === 'attribute';
  const object = method ? callee.childForFieldName('object') : null;
  const named = new Map<string, Value>();
  const list: Value[] = [];
  for (const item of namedChildren(node.childForFieldName('arguments'))) {
    const value = item.childForFieldName('value');
    if (item.type === 'keyword_argument' && value !== null)
      named.set(item.childForFieldName('name')?.text ?? '', readValue(value, depth + 1));
    else list.push(readValue(item, depth + 1));
  }
  return {
    callee: nameOf(calleeNode(node)),
    receiver: object === null ? undefined : readValue(object, depth + 1),
    arguments: list,
    named,
  };
}

function readValue(node: Node, depth: number): Value {
  if (depth > maxValueDepth) return unknown;
  switch (node.type) {
    case 'string':
      return stringText(node, depth);
    case 'concatenated_string':
      return concatenated(namedChildren(node).map(child => readValue(child, depth + 1)));
    case 'parenthesized_expression':
    case 'await': {
      const [inner] = namedChildren(node);
      return inner === undefined ? unknown : readValue(inner, depth + 1);
    }
    case 'binary_operator':
      return operatorText(node, depth);
    case 'conditional_expression': {
      const [first, , last] = namedChildren(node);
      const arms = [first, last].filter(arm => arm !== undefined);
      return { type: 'choice', values: arms.map(arm => readValue(arm, depth + 1)) };
    }
    case 'call':
      return formatText(node, depth) ?? { type: 'call', ...callParts(node, depth + 1) };
    case 'dictionary': {
      const fields = new Map<string, Value>();
      for (const pair of namedChildren(node)) {
        const key = pair.childForFieldName('key');
        const value = pair.childForFieldName('value');
        const name = key === null ? undefined : staticText(readValue(key, depth + 1));
        if (name !== undefined && value !== null) fields.set(name, readValue(value, depth + 1));
      }
      return { type: 'object', fields };
    }
    case 'list':
    case 'tuple':
      return { type: 'list', values: namedChildren(node).map(item => readValue(item, depth + 1)) };
    case 'lambda':
      return { type: 'function' };
    default: {
      const path = referencePath(node);
      return path === undefined ? unknown : { type: 'reference', path };
    }
  }
}

function operatorText(node: Node, depth: number): Value {
  const terms = operands(node, '+');
  if (terms.length > 1) return concatenated(terms.map(term => readValue(term, depth + 1)));
  const left = node.childForFieldName('left');
  if (node.childForFieldName('operator')?.type !== '%' || left === null) return unknown;
  const format = staticText(readValue(left, depth + 1));
  return format === undefined ? unknown : printfText(format, []);
}

/** `'process {}'.format(topic)`. */
function formatText(node: Node, depth: number): Value | undefined {
  const callee = node.childForFieldName('function');
  const object = callee?.childForFieldName('object');
  if (object === null || object === undefined || callee?.childForFieldName('attribute')?.text !== 'format')
    return undefined;
  const format = staticText(readValue(object, depth + 1));
  if (format === undefined) return undefined;
  const parts = format.split(/\{[^{}]*\}/).flatMap((part, index) => (index === 0 ? [part] : [unknown, part]));
  return { type: 'text', parts };
}

function stringText(node: Node, depth: number): Value {
  const parts: (string | Value)[] = [];
  let raw = false;
  for (const child of namedChildren(node)) {
    if (child.type === 'string_start') raw = /r/i.test(child.text);
    else if (child.type === 'string_content') parts.push(raw ? child.text : unescaped(child.text));
    else if (child.type === 'interpolation') {
      const inner = child.childForFieldName('expression') ?? child.firstNamedChild;
      parts.push(inner === null ? unknown : readValue(inner, depth + 1));
    }
  }
  return { type: 'text', parts };
}

/** `a.b.c`; undefined for what is not a chain of names. */
function referencePath(node: Node | null): string | undefined {
  const names: string[] = [];
  let at = node;
  while (at?.type === 'attribute') {
    names.unshift(at.childForFieldName('attribute')?.text ?? '');
    if (names.length > 16) return undefined;
    at = at.childForFieldName('object');
  }
  return at?.type === 'identifier' ? [at.text, ...names].join('.') : undefined;
}

const escapes: { [letter: string]: string } = { n: '\n', t: '\t', r: '\r', '\n': '' };

function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(/\\(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|([\s\S]))/g, (_, unit, byte, letter) => {
    const code = unit ?? byte;
    return code === undefined ? (escapes[letter] ?? letter) : String.fromCodePoint(Number.parseInt(code, 16));
  });
}
