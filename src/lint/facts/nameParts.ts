import type { Definition } from './scopes.ts';
import type { CallExpression, Expression, FunctionSyntax, LanguageId } from './syntax.ts';

/**
 * What other files of the project say about an imported name; undefined if the module is not one of them. A Go file's own
 * package is the module `.`.
 */
export type Expand = (module: string, name: string) => string | undefined;

/** The project is asked once for each name. */
export function remembered(expand: Expand): Expand {
  const answers = new Map<string, Map<string, string | undefined>>();
  return (module, name) => {
    let known = answers.get(module);
    if (known === undefined) answers.set(module, (known = new Map()));
    if (!known.has(name)) known.set(name, expand(module, name));
    return known.get(name);
  };
}

const plain = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/;

/** `*http.Client` → `http.Client`; undefined for arrays, unions of types and the like. */
export function plainType(typeName: string): string | undefined {
  if (plain.test(typeName)) return typeName;
  const bare = typeName
    .replace(/^[:\s*&]+/, '')
    .replace(/^(?:readonly|final|const)\s+/, '')
    .replace(/\s*\|\s*(?:undefined|null|None)\b/g, '')
    .replace(/^(?:typing\.)?Optional\[(.*)\]$/s, '$1')
    .replace(/^['"](.*)['"]$/s, '$1')
    .replace(/<.*>$/s, '')
    .replace(/\?$/, '')
    .trim();
  return /^[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(bare) ? bare : undefined;
}

/** `let span;`, `client = null`: says nothing about what it is later. */
function isNothing(definition: Definition): boolean {
  if (definition.kind !== 'value' || definition.typeName !== undefined) return false;
  const { value } = definition;
  // Python's `Tracer = object`, where the package may be missing.
  return value === undefined || value.type === 'constant' || isReferenceTo(value, /^(?:object|Any)$/);
}

function isReferenceTo(value: Expression, path: RegExp): boolean {
  return value.type === 'reference' && path.test(value.path);
}

/** What a name stands for if everything is there: not nothing, and not what stands in for an import that failed. */
export function meant(definitions: readonly Definition[]): readonly Definition[] {
  const found = definitions.filter(each => !isNothing(each));
  const imports = found.filter(({ kind }) => kind === 'import');
  return imports.length > 0 && found.every(each => each.kind === 'import' || standsIn(each))
    ? imports
    : found;
}

/** `class Client:`, `def client():`, `Client = lambda: Nothing()` */
function standsIn(definition: Definition): boolean {
  return definition.kind === 'value'
    ? definition.value?.type === 'function'
    : definition.kind === 'class' || definition.kind === 'function';
}

export function only(names: readonly (string | undefined)[]): string | undefined {
  const [first, ...others] = names;
  return others.every(name => name === first) ? first : undefined;
}

/** The method that takes as many arguments as are given; undefined if there are several. */
export function overload(
  methods: readonly FunctionSyntax[],
  call: CallExpression,
): FunctionSyntax | undefined {
  const given = call.arguments.length + call.named.size;
  const taking = methods.filter(({ parameters }) => {
    const needed = parameters.filter(({ value, rest }) => value === undefined && !rest).length;
    return needed <= given && (given <= parameters.length || parameters.at(-1)?.rest === true);
  });
  return taking.length === 1 ? taking[0] : undefined;
}

/** Types that say nothing of what is called on them. */
export const vague = /^global#(?:Object|object|dynamic|void|Void|T|[A-Z])\(\)$/;

/**
 * Results of functions of Go whose type says more than the values: a tracer of the project's own, behind the interface of
 * the API; a client or a request beside `return nil, err`.
 */
export const declared =
  /\.Tracer$|^\*?(?:http\.(?:Client|Request|Transport)|pubsub\.(?:Publisher|Topic)|kafka\.Writer|sarama\.(?:Sync|Async)Producer|amqp\w*\.Channel)$/;

/** Namespaces of .NET whose types are known by their short names. */
export const namespaces = /^System\.(?:Diagnostics|Net\.Http|Net)\.(?=[A-Z])/;

export function separatorOf(language: LanguageId): string {
  return language === 'python' || language === 'java' || language === 'csharp' ? '.' : '#';
}
