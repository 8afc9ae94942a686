import type { Project } from '../project/types.ts';
import { isDeclaredAround, namesFieldsPlainly, ownerOf } from './scopes.ts';
import type {
  BindTarget,
  CallExpression,
  Expression,
  Extent,
  FileSyntax,
  FunctionSyntax,
  LanguageId,
  Statement,
  SyntaxUnit,
} from './syntax.ts';
import { expressionsIn, expressionsOf, statementsIn, within } from './walk.ts';

/**
 * What is known of the units of a file. In an open document it is kept from version to version, for each unit that is
 * still the same, as is all that it depends on: the units that say what the names in it mean, and what these depend on.
 */
export interface Kept {
  /** Reader → unit → facts. */
  readonly units: Map<unknown, Map<SyntaxUnit, unknown>>;
  /** Reader → call → facts. */
  readonly calls: Map<unknown, Map<CallExpression, unknown>>;
  /** What `Names` knows of calls. */
  readonly callees: Map<CallExpression, string | undefined>;
  readonly called: Map<CallExpression, FunctionSyntax | undefined>;
  /** What was asked of the whole text. */
  readonly said: Map<RegExp, boolean>;
  /** It is of no use to the next version. */
  isLost: boolean;
}

interface Version {
  readonly syntax: FileSyntax;
  readonly project: Project;
  readonly generation: number;
  readonly kept: Kept;
  readonly names: Names;
}

/** Of a version: what its units give a meaning to, for others too; what they declare for themselves is not among it. */
interface Names {
  /** `name` for what is written alone or as a member, `.name` for what is written as a member only. */
  readonly of: ReadonlyMap<SyntaxUnit, ReadonlySet<string>>;
  /** The types that have methods: of these the fields matter. */
  readonly types: ReadonlySet<string>;
}

/** The last version of each open document. */
const versions = new WeakMap<object, Version>();

/** What is known of a file already. What a version before it knew is its own from then on. */
export function keptOf(syntax: FileSyntax, project: Project): Kept {
  const { document } = syntax;
  if (document === undefined) return nothing();
  const { generation } = project;
  const before = versions.get(document);
  const names = before?.syntax === syntax ? before.names : namesOf(syntax, before?.names);
  const isSame = before !== undefined && before.project === project && before.generation === generation;
  const kept = isSame ? stillTrue(before, syntax, names) : nothing();
  versions.set(document, { syntax, project, generation, kept, names });
  return kept;
}

function nothing(): Kept {
  return {
    units: new Map(),
    calls: new Map(),
    callees: new Map(),
    called: new Map(),
    said: new Map(),
    isLost: false,
  };
}

function stillTrue(before: Version, syntax: FileSyntax, names: Names): Kept {
  const { kept } = before;
  if (before.syntax === syntax) return kept;
  if (kept.isLost || before.syntax.frame !== syntax.frame || before.names.types !== names.types)
    return nothing();
  for (const [pattern, said] of kept.said) if (pattern.test(syntax.source) !== said) return nothing();
  const affected = affectedUnits(before, syntax, names);
  if (affected === undefined) return nothing();
  for (const unit of affected) {
    for (const values of kept.units.values()) values.delete(unit);
    for (const call of unit.calls) {
      kept.callees.delete(call);
      kept.called.delete(call);
      for (const answers of kept.calls.values()) answers.delete(call);
    }
  }
  return kept;
}

/** Units of which nothing is known any more, those that are gone among them; undefined: of none. */
function affectedUnits(
  { syntax: before, names: namesBefore }: Version,
  after: FileSyntax,
  names: Names,
): ReadonlySet<SyntaxUnit> | undefined {
  const [old, now] = [new Set(before.units), new Set(after.units)];
  const left = before.units.filter(unit => now.has(unit));
  let next = 0;
  for (const unit of after.units) if (unit === left[next]) next++;
  // Which of two definitions comes first may decide.
  if (next < left.length) return undefined;
  const changed = [
    ...before.units.filter(unit => !now.has(unit)),
    ...after.units.filter(unit => !old.has(unit)),
  ];
  if (changed.some(({ at, imports }) => at !== undefined && imports.length > 0)) return undefined;
  const affected = new Set(changed);
  const frame = wordsOf(after.frame);
  const seen = new Set<string>();
  for (let open = changed; open.length > 0; ) {
    const found = new Set<string>();
    for (const unit of open)
      for (const name of names.of.get(unit) ?? namesBefore.of.get(unit) ?? [])
        if (!seen.has(name)) found.add(name);
    for (const name of found) {
      // What the head of a class says may concern all of it.
      if (frame.has(name)) return undefined;
      seen.add(name);
    }
    open = left.filter(unit => !affected.has(unit) && mentions(unit, found));
    for (const unit of open) affected.add(unit);
  }
  return affected;
}

/** The words of a text, of those that are in no code too; one after a dot also with it. */
function wordsOf(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, dot, word] of text.matchAll(/(\.\s*)?#?([\w$\u0080-\uffff]+)/g)) {
    found.add(word);
    if (dot !== undefined) found.add(`.${word}`);
  }
  return found;
}

const words = new WeakMap<SyntaxUnit, ReadonlySet<string>>();

function mentions(unit: SyntaxUnit, names: ReadonlySet<string>): boolean {
  let own = words.get(unit);
  if (own === undefined) words.set(unit, (own = wordsOf(unit.text)));
  for (const name of names) if (own.has(name)) return true;
  return false;
}

function namesOf(
  { language, units, body, classes, functions }: FileSyntax,
  before: Names | undefined,
): Names {
  const all = new Set(functions.flatMap(({ className }) => className ?? []));
  const types = before !== undefined && isSame(before.types, all) ? before.types : all;
  const known = types === all ? undefined : before?.of;
  const placed = units.filter(({ at }) => at !== undefined);
  const open = new Map<SyntaxUnit, Set<string>>();
  for (const unit of placed) if (known?.has(unit) !== true) open.set(unit, new Set());
  const member = namesFieldsPlainly(language) ? '' : '.';
  for (const [unit, own] of open) {
    for (const made of unit.functions) {
      if (made.parent === undefined) own.add(made.className === undefined ? made.name : member + made.name);
      const { receiverName = 'this' } = ownerOf(made);
      for (const path of assigned(made, language)) addPath(own, path, receiverName, member);
    }
    for (const { typeName, entries } of unit.objects)
      if (typeName !== undefined && (types.has(typeName) || member === ''))
        for (const { key } of entries) if (key !== undefined) own.add(member + key);
  }
  if (open.size > 0) {
    const unitOf = ({ start }: Extent) => open.get(placed[lastBefore(placed, start)]);
    const add = (statement: Statement, prefix: string) => {
      const own = unitOf(statement.at);
      if (own !== undefined) for (const path of declared(statement)) addPath(own, path, 'this', prefix);
    };
    for (const statement of statementsIn(body)) add(statement, '');
    for (const { nameAt, name, fields, body } of classes) {
      unitOf(nameAt)?.add(name);
      for (const statement of fields) add(statement, member);
      for (const statement of statementsIn(body)) add(statement, '');
    }
  }
  const found = new Map<SyntaxUnit, ReadonlySet<string>>();
  for (const unit of placed) found.set(unit, known?.get(unit) ?? open.get(unit) ?? new Set());
  return { types, of: found };
}

function isSame(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every(each => others.has(each));
}

/** What a function assigns to and does not declare: `client`, `this.client`. */
function assigned(made: FunctionSyntax, language: LanguageId): string[] {
  const paths: string[] = [];
  for (const statement of statementsIn(made.body))
    if (statement.type === 'bind') paths.push(...statement.targets.flatMap(pathsOf));
  for (const each of expressionsIn(made.body)) paths.push(...assignedBy(each));
  const { receiverName } = ownerOf(made);
  return paths.filter(path => {
    const dot = path.indexOf('.');
    const head = dot < 0 ? path : path.slice(0, dot);
    if (head === receiverName || head === 'this') return true;
    return !isDeclaredAround(head, made) && !(language === 'python' && dot < 0);
  });
}

/** Names that a statement of the top or of a class gives a meaning to. */
function declared(statement: Statement): string[] {
  const paths = expressionsOf(statement).flatMap(each => within(each).flatMap(assignedBy));
  if (statement.type === 'bind') paths.push(...statement.targets.flatMap(pathsOf));
  else if (statement.type === 'loop') paths.push(...statement.variables.map(({ path }) => path));
  else if (statement.type === 'with') paths.push(...statement.items.map(({ name }) => name));
  else if (statement.type === 'try') paths.push(...statement.handlers.map(({ name }) => name));
  else if (statement.type === 'function') paths.push(statement.function.name);
  else if (statement.type === 'class') paths.push(statement.class.name);
  return paths;
}

/** Of `headers['x']` too: the variable, and what it is called with. */
function pathsOf({ path, target }: BindTarget): string[] {
  if (target === undefined) return [path];
  return within(target).flatMap(each => (each.type === 'reference' ? [each.path] : []));
}

/** `if ((m = f()))`, Python's `:=`. */
function assignedBy(expression: Expression): string[] {
  if (expression.type !== 'operation' || !/^:?=$/.test(expression.operator)) return [];
  const [target] = expression.operands;
  return target?.type === 'reference' ? [target.path] : [];
}

/**
 * @param receiver stands for an object of the class around, as `this` does
 * @param member in front of what is a member
 */
function addPath(own: Set<string>, path: string, receiver: string, member: string): void {
  const [head, ...fields] = path.replaceAll('#', '').split('.');
  if (head !== '' && head !== '_' && head !== 'this' && head !== receiver) own.add(head);
  for (const field of fields) own.add(member + field);
}

/** Index of the last unit that begins there or before. */
function lastBefore(units: readonly SyntaxUnit[], start: number): number {
  let [low, high] = [0, units.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((units[middle].at?.start ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
