/**
 * Source in one shape for all languages: what an adapter (`languages/`) makes of a syntax tree, and all that facts and
 * rules see. Expressions and statements carry `at`, their place in the text; what no fact needs is an `operation`, so
 * that everything inside an expression can still be reached (`walk.ts`).
 *
 * Parentheses, type assertions (`as`, `!`, casts) and Go's `&`/`*` in front of a value are not shown.
 */

/** Half-open range of offsets in UTF-16 units. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** A place in the text. It stays right while the document around it changes: ask when needed, do not copy. */
export interface Place extends Extent {
  readonly text: string;
}

export type LanguageId = 'javascript' | 'typescript' | 'tsx' | 'python' | 'go' | 'java' | 'csharp';

export function isScript(language: LanguageId): boolean {
  return language === 'javascript' || language === 'typescript' || language === 'tsx';
}

export type Expression =
  | TextExpression
  | ConstantExpression
  | ReferenceExpression
  | MemberExpression
  | IndexExpression
  | CallExpression
  | ObjectExpression
  | ListExpression
  | ChoiceExpression
  | FunctionExpression
  | OperationExpression
  | UnknownExpression;

/** A string; a part that is not a string is interpolated (template, f-string, `+`, `Sprintf`, `%`, `.format`, `$""`). */
export interface TextExpression {
  readonly type: 'text';
  readonly at: Place;
  readonly parts: readonly (string | Expression)[];
}

/** Number, boolean, or what stands for nothing (`null`, `undefined`, `None`, `nil`). */
export interface ConstantExpression {
  readonly type: 'constant';
  readonly at: Place;
  readonly value: number | boolean | null;
}

/** A chain of names: `tracer`, `this.tracer`, `self.tracer`, `SpanKind.CLIENT`, `req.headers.authorization`. */
export interface ReferenceExpression {
  readonly type: 'reference';
  readonly at: Place;
  readonly path: string;
}

/** A property of what is no chain of names: `load().status`. */
export interface MemberExpression {
  readonly type: 'member';
  readonly at: Place;
  readonly object: Expression;
  readonly property: string;
}

/** `headers['authorization']`, `os.environ["KEY"]`, a slice (`key` is an operation `:` then). */
export interface IndexExpression {
  readonly type: 'index';
  readonly at: Place;
  readonly object: Expression;
  readonly key: Expression;
}

export interface CallExpression {
  readonly type: 'call';
  readonly at: Place;
  /** The callee's last name, where a reader looks; the whole callee if it has no name. */
  readonly calleeAt: Place;
  /** The argument list with its brackets; absent where there is none (`new Date`). */
  readonly argumentsAt: Place | undefined;
  /** Last segment of the callee: `get` of `requests.get(…)`; `` if it has no name. Of `new a.B()`: `B`. */
  readonly callee: string;
  /** What the method is called on. */
  readonly receiver: Expression | undefined;
  /** Positional ones; spread (`...x`, `*x`) is an operation. Trailing blocks and functions are arguments. */
  readonly arguments: readonly Expression[];
  /** Keyword arguments (Python `a=1`, C# `a: 1`); `**x` is under the name `**`. */
  readonly named: ReadonlyMap<string, Expression>;
  /** `new X()`; Python and Go have no mark for it. */
  readonly constructs: boolean;
  /** `await f()`. */
  readonly awaited: boolean;
  /** A decorator or annotation (`@traced("x")`); the function or class is the one it stands before. */
  readonly decorates: string | undefined;
  /** The innermost enclosing function; undefined at the top of the file and in the body of a class. */
  readonly inFunction: FunctionSyntax | undefined;
}

/** `{ a: 1 }`, `{"a": 1}`, Go's `T{A: 1}`, C#'s `new T { A = 1 }`; map and struct literals alike. */
export interface ObjectExpression {
  readonly type: 'object';
  readonly at: Place;
  /** `kafka.Message` in Go, the class in C#; undefined where the literal names no type. */
  readonly typeName: string | undefined;
  readonly entries: readonly ObjectEntry[];
}

export interface ObjectEntry {
  readonly at: Place;
  /** Static key, without quotes; undefined for a computed one (then `keyExpression`) and for `...spread`. */
  readonly key: string | undefined;
  readonly keyAt: Place | undefined;
  readonly keyExpression: Expression | undefined;
  /** For `...x` and `**x` the `x`; for a shorthand `{ a }` the reference. */
  readonly value: Expression;
  readonly spread: boolean;
  /** Whether the key is quoted. */
  readonly quoted: boolean;
}

export interface ListExpression {
  readonly type: 'list';
  readonly at: Place;
  /** Go's `[]attribute.KeyValue{…}`: the element's type, as written. */
  readonly typeName: string | undefined;
  readonly values: readonly Expression[];
}

/** One of several: `a ? x : y`, `x if a else y`, `x ?? y`, `x || y` (the operands; no condition). */
export interface ChoiceExpression {
  readonly type: 'choice';
  readonly at: Place;
  readonly condition: Expression | undefined;
  readonly values: readonly Expression[];
}

/** A function as a value; a comprehension or generator is an operation `for`. */
export interface FunctionExpression {
  readonly type: 'function';
  readonly at: Place;
  readonly function: FunctionSyntax;
}

/**
 * Everything else with something inside: comparisons, arithmetic, `!x`, `await x` of what is no call, `yield`, `<-ch`,
 * `typeof x`, spread (`...`), slice (`:`), assignment inside an expression (`=`, `+=`, `:=`), comprehension (`for`:
 * the element first, then what is iterated), JSX (`jsx`: attribute values and children).
 */
export interface OperationExpression {
  readonly type: 'operation';
  readonly at: Place;
  readonly operator: string;
  readonly operands: readonly Expression[];
}

/** Too deep, broken, or of no interest; nothing inside can be reached. */
export interface UnknownExpression {
  readonly type: 'unknown';
  readonly at: Place;
}

export type Statement =
  | ExpressionStatement
  | BindStatement
  | ReturnStatement
  | ThrowStatement
  | IfStatement
  | LoopStatement
  | TryStatement
  | SwitchStatement
  | WithStatement
  | DeferStatement
  | JumpStatement
  | BlockStatement
  | FunctionStatement
  | ClassStatement
  | BrokenStatement;

export interface ExpressionStatement {
  readonly type: 'expression';
  readonly at: Place;
  readonly expression: Expression;
}

/** A declaration or an assignment. `const { a, b: c } = f()` and `a, b := f()` bind several targets to one value. */
export interface BindStatement {
  readonly type: 'bind';
  readonly at: Place;
  readonly declares: boolean;
  /** `=`; `+=` and the like add to the target. */
  readonly operator: string;
  readonly targets: readonly BindTarget[];
  /** One for all targets, or one per target; empty for a declaration without a value. */
  readonly values: readonly Expression[];
}

export interface BindTarget {
  readonly at: Place;
  /** `span`, `this.span`, `s.span`; `_` as written; `` for an element of a map. */
  readonly path: string;
  /** What is assigned to, where `path` is ``: `headers['x']`, `f().y`. */
  readonly target: Expression | undefined;
  /** As written: `Tracer`, `trace.Tracer`, `*http.Client`. */
  readonly typeName: string | undefined;
  /**
   * Of an object pattern: the property that is taken (`b` of `{ b: c }`); of a list pattern or several results: the
   * index; `a.b` for a pattern in a pattern; `...` for the rest.
   */
  readonly from: string | number | undefined;
}

export interface ReturnStatement {
  readonly type: 'return';
  readonly at: Place;
  /** Several in Go; the body of an arrow function is returned too. */
  readonly values: readonly Expression[];
}

export interface ThrowStatement {
  readonly type: 'throw';
  readonly at: Place;
  /** Absent for Python's bare `raise` and C#'s `throw;`. */
  readonly value: Expression | undefined;
}

/** Go's `if x := f(); x != nil`: a block with the `bind` before the `if`. */
export interface IfStatement {
  readonly type: 'if';
  readonly at: Place;
  readonly condition: Expression;
  readonly then: readonly Statement[];
  /** `else if` is an `if` in here. */
  readonly otherwise: readonly Statement[] | undefined;
}

export interface LoopStatement {
  readonly type: 'loop';
  readonly at: Place;
  /**
   * `each`: over a collection; `count`: `for (a; b; c)` with a condition, `a` before the loop in a block and `c` at the
   * end of the body; `while`; `forever`: nothing ends it from outside. `do … while` is `forever` with an `if` that
   * breaks at the end of the body.
   */
  readonly form: 'each' | 'count' | 'while' | 'forever';
  /** Names that change with each round, and their places. */
  readonly variables: readonly BindTarget[];
  /** What `each` goes over. */
  readonly over: Expression | undefined;
  readonly condition: Expression | undefined;
  /** `for await`, `async for`. */
  readonly async: boolean;
  readonly body: readonly Statement[];
}

/** Java's `try (A a = …)` and C#'s `using (…)`: a `with` inside the body. */
export interface TryStatement {
  readonly type: 'try';
  readonly at: Place;
  readonly body: readonly Statement[];
  readonly handlers: readonly Handler[];
  /** Python's `else`. */
  readonly otherwise: readonly Statement[] | undefined;
  readonly finally: readonly Statement[] | undefined;
}

export interface Handler {
  readonly at: Place;
  /** Name of the caught error; `` if it has none. */
  readonly name: string;
  /** As written; empty: all. */
  readonly types: readonly string[];
  readonly body: readonly Statement[];
  /** Between the brackets of the handler's body, where a statement can be put in front. */
  readonly bodyAt: Place;
}

export interface SwitchStatement {
  readonly type: 'switch';
  readonly at: Place;
  readonly subject: Expression | undefined;
  readonly arms: readonly SwitchArm[];
  /** Go's `select`: waits for one arm; without a default one of the arms is always taken. */
  readonly select: boolean;
}

export interface SwitchArm {
  readonly at: Place;
  readonly values: readonly Expression[];
  readonly isDefault: boolean;
  /** Runs on into the next arm unless it jumps (JS, Java's old form; Go's `fallthrough`). */
  readonly fallsThrough: boolean;
  readonly body: readonly Statement[];
}

/** Python's `with`, C#'s `using`, Java's resources: the value is closed at the end of the body. */
export interface WithStatement {
  readonly type: 'with';
  readonly at: Place;
  readonly items: readonly { readonly at: Place; readonly value: Expression; readonly name: string }[];
  /** C#'s `using var x = …;`: the rest of the block. */
  readonly body: readonly Statement[];
}

/** Go: `defer f()`, and `go f()` (`spawns`). */
export interface DeferStatement {
  readonly type: 'defer';
  readonly at: Place;
  readonly spawns: boolean;
  readonly call: Expression;
}

export interface JumpStatement {
  readonly type: 'jump';
  readonly at: Place;
  readonly kind: 'break' | 'continue' | 'goto';
  readonly label: string | undefined;
}

export interface BlockStatement {
  readonly type: 'block';
  readonly at: Place;
  readonly label: string | undefined;
  readonly body: readonly Statement[];
}

export interface FunctionStatement {
  readonly type: 'function';
  readonly at: Place;
  readonly function: FunctionSyntax;
}

export interface ClassStatement {
  readonly type: 'class';
  readonly at: Place;
  readonly class: ClassSyntax;
}

/** Holds a syntax error, or lies too deep: nothing certain can be said about the function around it. */
export interface BrokenStatement {
  readonly type: 'broken';
  readonly at: Place;
}

export interface FunctionSyntax {
  readonly at: Place;
  /** Where its name stands; where it begins, if it has none. */
  readonly nameAt: Place;
  /** `` if it has none. A function given to a variable or property has that name. */
  readonly name: string;
  /** With the names of enclosing functions and classes, at most four segments; `` if it has no name. */
  readonly qualifiedName: string;
  /** The class it is a method of; in Go the receiver's type without `*`. */
  readonly className: string | undefined;
  /** Go's `s`, Python's `self`, otherwise `this` in methods. */
  readonly receiverName: string | undefined;
  /** Without the receiver. */
  readonly parameters: readonly Parameter[];
  /** As written, one per result; Go's may have names. */
  readonly results: readonly { readonly name: string; readonly typeName: string }[];
  readonly decorators: readonly Expression[];
  readonly async: boolean;
  readonly generator: boolean;
  readonly static: boolean;
  /** With `export` in front of it; see `FileSyntax.exports` for what is exported otherwise. */
  readonly exported: boolean;
  /** With its brackets; of an arrow function without them: the expression; Python: the indented block. */
  readonly bodyAt: Place;
  /** An arrow function's expression is a `return`. */
  readonly body: readonly Statement[];
  /** The enclosing function. */
  readonly parent: FunctionSyntax | undefined;
  /** There is a syntax error inside. */
  readonly broken: boolean;
}

export interface Parameter {
  readonly at: Place;
  /** `` for a pattern (see `fields`). */
  readonly name: string;
  /** Names taken apart from an object pattern: `{ a, b: c }` → `a`→`a`, `b`→`c`. */
  readonly fields: ReadonlyMap<string, string>;
  readonly typeName: string | undefined;
  readonly value: Expression | undefined;
  /** `...rest`, `*args`, Go's `...T`. */
  readonly rest: boolean;
  readonly decorators: readonly Expression[];
}

/** A class, interface or Go struct type. */
export interface ClassSyntax {
  readonly at: Place;
  readonly nameAt: Place;
  readonly name: string;
  /** `extends`, `implements`, bases, embedded structs; as written. */
  readonly bases: readonly string[];
  readonly decorators: readonly Expression[];
  /** Fields with their declared types and values. */
  readonly fields: readonly BindStatement[];
  readonly methods: readonly FunctionSyntax[];
  /** Nested classes and static blocks. */
  readonly body: readonly Statement[];
  readonly exported: boolean;
}

/** One imported name. `import a, { b as c } from 'm'` is two; Python `from m import b`; Go `import x "m"`; Java `import m.C`. */
export interface Import {
  /** The name with its alias, or the whole declaration if it is the only one. */
  readonly at: Place;
  /** The whole declaration. */
  readonly statementAt: Place;
  /** `@opentelemetry/api`, `opentelemetry.trace`, `go.opentelemetry.io/otel`, `io.opentelemetry.api.trace`; relative as written. */
  readonly module: string;
  /** Exported name; `*` for the module itself, `default` for a default export; `` for an import for its effects. */
  readonly name: string;
  /**
   * Name in this file; for Python's `import a.b` the first segment, `a`, with the module `a`; `` for none.
   * `export { a } from 'm'` imports under the name `m#a`, which no code can write.
   */
  readonly local: string;
  readonly typeOnly: boolean;
  /** A dynamic `import()`, or a `require()` inside a function. */
  readonly late: boolean;
}

export interface Comment {
  readonly at: Place;
}

/**
 * What a file is read in: a statement of its top, or a member of a class; the first of a file has what is in none. In all
 * versions of an open document that leave it as it was it is the same object, with the same syntax in it.
 */
export interface SyntaxUnit {
  /** undefined for what is in no unit of its own. */
  readonly at: Place | undefined;
  /** All that it was read from: what has no name in here means nothing to it. */
  readonly text: string;
  readonly calls: readonly CallExpression[];
  readonly objects: readonly ObjectExpression[];
  readonly functions: readonly FunctionSyntax[];
  readonly classes: readonly ClassSyntax[];
  readonly imports: readonly Import[];
}

/** Everything in a file. Lists are in source order. */
export interface FileSyntax {
  readonly language: LanguageId;
  readonly source: string;
  /** There is a syntax error somewhere. */
  readonly broken: boolean;
  readonly body: readonly Statement[];
  readonly imports: readonly Import[];
  /**
   * Exported names of JS/TS → local ones: functions, variables, or paths that are assigned to (`exports.a`). `default`
   * → `default` for one without a name. `* m` → `m#*` for `export * from 'm'`; see `Import.local`. Empty for languages
   * where names are exported by themselves.
   */
  readonly exports: ReadonlyMap<string, string>;
  /** All, the outer before the inner; methods and function expressions too. */
  readonly functions: readonly FunctionSyntax[];
  readonly classes: readonly ClassSyntax[];
  /** All, the outer before the inner. */
  readonly calls: readonly CallExpression[];
  readonly objects: readonly ObjectExpression[];
  readonly comments: readonly Comment[];
  /** In source order. A file that is read only once has all in the first. */
  readonly units: readonly SyntaxUnit[];
  /** What is around the units: heads of classes, `export`. */
  readonly frame: string;
  /** An open document is the same object in all its versions; undefined for a file that is read only once. */
  readonly document: object | undefined;
  /** Package clause of Go and Java, namespace of C#; ``. */
  readonly packageName: string;
}

/** Expressions nested deeper than this are `unknown`; the calls and functions in them are listed all the same. */
export const maxDepth = 64;

/** The static text of a value; undefined if it is not wholly static. */
export function staticText(value: Expression | undefined): string | undefined {
  if (value?.type !== 'text') return undefined;
  return value.parts.every(part => typeof part === 'string') ? value.parts.join('') : undefined;
}

/** The value of a key that is written in the literal. */
export function field(object: Expression | undefined, key: string): Expression | undefined {
  return object?.type === 'object'
    ? object.entries.find(entry => entry.key === key && !entry.spread)?.value
    : undefined;
}
