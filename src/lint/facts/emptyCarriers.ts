import type { FileFacts } from './fileFacts.ts';
import type { Expression, FunctionSyntax, Place, Statement } from './syntax.ts';
import { expressionsOf, operandsOf, statementsIn } from './walk.ts';

/** A variable that is to carry the context, that nothing is put into, and that is read all the same. */
export interface EmptyCarrier {
  readonly name: string;
  readonly at: Place;
}

const named = /carrier|trace_?(?:parent|context|ctx|headers?)|propagat|otel_?\w*headers/i;
const typed = /^propagation\.(?:MapCarrier|HeaderCarrier)$/;
/** Functions and methods that only read what they are given, or are called on. */
const reads =
  /^(?:entries|keys|values|items|forEach|stringify|Marshal|MarshalIndent|dumps|len|dict|list|str|fromEntries|get|Get|has|Keys)$/;

const maySay = /carrier|trace_?(?:parent|context|ctx|headers?)|propagat|otel/i;

export function emptyCarriers(file: FileFacts): readonly EmptyCarrier[] {
  if (!maySay.test(file.syntax.source)) return [];
  return file.syntax.functions.flatMap(made => emptyIn(made));
}

function emptyIn(made: FunctionSyntax): EmptyCarrier[] {
  const statements = [...statementsIn(made.body)];
  return statements.flatMap(statement => {
    if (statement.type !== 'bind' || statement.targets.length !== 1 || statement.values.length !== 1)
      return [];
    const [{ path: name, at, typeName }] = statement.targets;
    const [value] = statement.values;
    if (name === '' || name === '_' || name.includes('.') || !isEmpty(value)) return [];
    const type = value.type === 'object' ? value.typeName : undefined;
    if (!named.test(name) && !typed.test(type ?? typeName ?? '')) return [];
    const uses = usesOf(name, statements, statement);
    return uses === 'read' ? [{ name, at }] : [];
  });
}

function isEmpty(value: Expression): boolean {
  if (value.type === 'object')
    return (
      value.entries.length === 0 &&
      (value.typeName === undefined || typed.test(value.typeName) || value.typeName.startsWith('map['))
    );
  return /^(?:dict\(\)|make\((?:map\[string\]string|propagation\.MapCarrier)\)|new (?:Headers|Map)(?:<[^>]*>)?\(\))$/.test(
    value.at.text,
  );
}

/** `filled`: something may be put into it; `read`: it is read, and nothing is. */
function usesOf(name: string, statements: readonly Statement[], made: Statement): 'filled' | 'read' | 'none' {
  let isRead = false;
  const open = [...statements];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === made) continue;
    // What a function inside does, and when, is not followed.
    if (at.type === 'function' || at.type === 'class' || at.type === 'broken') {
      if (at.at.text.includes(name)) return 'filled';
      continue;
    }
    if (at.type === 'bind' && at.targets.some(target => isOf(name, target.path, target.target)))
      return 'filled';
    for (const expression of expressionsOf(at)) {
      const found = useIn(name, expression);
      if (found === 'filled') return found;
      isRead ||= found === 'read';
    }
  }
  return isRead ? 'read' : 'none';
}

function isOf(name: string, path: string, target: Expression | undefined): boolean {
  if (path === name || path.startsWith(`${name}.`)) return true;
  return target !== undefined && useIn(name, target) !== 'none';
}

function useIn(name: string, outer: Expression): 'filled' | 'read' | 'none' {
  let isRead = false;
  const open: { readonly expression: Expression; readonly isSafe: boolean }[] = [
    { expression: outer, isSafe: true },
  ];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { expression, isSafe } = at;
    if (expression.type === 'reference') {
      const isIt = expression.path === name || expression.path.startsWith(`${name}.`);
      if (isIt && !isSafe) return 'filled';
      isRead ||= isIt;
    } else if (expression.type === 'function') {
      if (expression.at.text.includes(name)) return 'filled';
    } else if (
      expression.type === 'unknown' ||
      (expression.type === 'operation' && /=$/.test(expression.operator))
    ) {
      if (expression.at.text.includes(name)) return 'filled';
    } else {
      // What is given to a function as it is may be filled by it; a part of an object that is given may not.
      const passes = expression.type !== 'call' || reads.test(expression.callee);
      for (const operand of operandsOf(expression))
        open.push({ expression: operand, isSafe: operand.type === 'reference' ? passes : true });
    }
  }
  return isRead ? 'read' : 'none';
}
