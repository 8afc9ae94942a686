import { literally } from '../base/literally.ts';
import type { FunctionSite, SourceFacts } from '../model/source.ts';
import type { CodeFunction } from './codeAttributes.ts';
import { baseName, equalTail, segmentsOf } from './paths.ts';
import type { SourceFile, SourceFiles } from './sourceFiles.ts';

/** The innermost function around a line. */
export function functionAt(facts: SourceFacts, line: number): FunctionSite | undefined {
  return facts.functions.findLast(site => site.name !== '' && site.line <= line && line <= site.endLine);
}

/** Whether a function's name as the span has it is that of the site; closures count for the function around them. */
export function isFunction(site: FunctionSite, wanted: CodeFunction): boolean {
  return lastName(site.name) === (isConstructor(wanted) ? simpleName(wanted.owner) : wanted.name);
}

/** As the Java machine and .NET call them; in source they have the name of their class. */
function isConstructor({ name }: CodeFunction): boolean {
  return /^(?:<init>|\.?ctor)$/.test(name);
}

/** Lines on which a function of this name begins; those inside its class if the file tells. */
export function functionLines(
  path: string,
  text: string,
  facts: SourceFacts | undefined,
  wanted: CodeFunction,
): number[] {
  if (facts !== undefined) {
    const named = facts.functions.filter(site => isFunction(site, wanted));
    const owner = simpleName(wanted.owner);
    const owned = named.filter(site => site.name.split('.').at(-2) === owner);
    return (owned.length > 0 ? owned : named).map(site => site.line);
  }
  return declarationLines(text, isConstructor(wanted) ? baseName(path).replace(/\.\w+$/, '') : wanted.name);
}

/**
 * Declarations by their look, for languages that are not parsed here: a keyword before the name, or a type before it
 * and a parameter list after it.
 */
function declarationLines(text: string, name: string): number[] {
  if (!/^[\p{L}_$<][\p{L}\p{N}_$>?!]*$/u.test(name)) return [];
  const escaped = literally(name);
  const keyword = new RegExp(
    `\\b(?:def|fn|func|fun|function|sub|defp)\\s+(?:self\\.)?${escaped}(?![\\w$])`,
    'u',
  );
  const typed = new RegExp(`(?:^|[\\w>\\]?,])\\s+${escaped}\\s*(?:<[^()]*>)?\\s*\\(`, 'u');
  const lines: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.length > 1_000) continue;
    const statement =
      /^\s*(?:return|throw|new|await|else|case|yield|\/\/|\*|#|@)\b|^\s*(?:\/\/|\*|#|@)|\b(?:return|new|await|throw)\s+[\w.]+\s*\(|;\s*$/;
    if (keyword.test(line) || (typed.test(line) && !statement.test(line))) lines.push(index + 1);
  }
  return lines;
}

const classExtensions = ['java', 'kt', 'scala', 'groovy', 'cs', 'php', 'rb'];

/**
 * Files that may hold a class or module given by its qualified name: `com.shop.OrderService` → `com/shop/OrderService.java`,
 * `App\Http\Orders` → `…/Http/Orders.php`, `shop.orders` → `shop/orders.py`. Those with the longest equal end.
 */
export function filesOfOwner(files: SourceFiles, owner: string): { file: SourceFile; tail: number }[] {
  const names = owner
    .replace(/\$.*$/, '')
    .split(/[.\\/]|::/)
    .filter(name => name !== '');
  const found: { file: SourceFile; tail: number }[] = [];
  const look = (segments: string[], extension: string) => {
    const path = [...segments.slice(0, -1), `${segments[segments.length - 1]}.${extension}`];
    for (const file of files.withBaseName(path[path.length - 1]))
      found.push({ file, tail: equalTail(path, segmentsOf(file.path), files.ignoreCase) });
  };
  if (names.length === 0) return [];
  for (const extension of classExtensions) look(names, extension);
  for (const length of [names.length, names.length - 1]) if (length > 0) look(names.slice(0, length), 'py');
  const longest = Math.max(0, ...found.map(({ tail }) => tail));
  return found.filter(({ tail }) => tail === longest);
}

function lastName(qualified: string): string {
  return qualified.slice(qualified.lastIndexOf('.') + 1);
}

/** `Server` of `github.com/shop/pkg.(*Server)` and of `com.shop.Server$Inner`. */
function simpleName(owner: string): string {
  return /(\w+)(?:\$[\w$]*)?\)?$/.exec(owner)?.[1] ?? '';
}
