import { statementOf, usesOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression } from '../syntax.ts';
import { type SdkCall, sdkCalls } from './sdk.ts';

/** A chain of a builder that makes an SDK or a provider of Java or .NET, which nothing uses then. */
export interface IdleProvider {
  readonly made: SdkCall;
  /** The last call of the chain. */
  readonly end: CallExpression;
  /** It is not even built. */
  readonly unbuilt: boolean;
}

const ends = /^(?:close|shutdown)$/;
const setsUp = /^(?:Add|Set|Configure)/;

export function idleProviders(file: FileFacts): readonly IdleProvider[] {
  if (file.language !== 'java' && file.language !== 'csharp') return [];
  // Of a manual: it shows how one is made, and no more.
  if (/(?:^|[/-])snippets?\//i.test(file.path)) return [];
  return sdkCalls(file, 'sdk', 'tracerProvider').flatMap(made => {
    if (!/^(?:OpenTelemetrySdk|SdkTracerProvider|CreateTracerProviderBuilder)$/.test(made.name)) return [];
    const end = endOf(file, made.call);
    const unbuilt = !/^(?:[bB]uild|buildAndRegisterGlobal)$/.test(end.callee);
    // A builder of Java that is not built is handed on; what is registered is used.
    if (end.callee === 'buildAndRegisterGlobal' || (unbuilt && file.language === 'java')) return [];
    return isIdle(file, end, unbuilt) ? [{ made, end, unbuilt }] : [];
  });
}

/** `builder()` → `builder().setX().build()` */
function endOf({ syntax }: FileFacts, call: CallExpression): CallExpression {
  let end = call;
  for (const each of syntax.calls) {
    let inner = each.receiver;
    while (inner?.type === 'call' && inner !== call) inner = inner.receiver;
    if (inner === call && each.at.end > end.at.end) end = each;
  }
  return end;
}

function isIdle(file: FileFacts, end: CallExpression, unbuilt: boolean): boolean {
  const statement = statementOf(file, end);
  // A provider of .NET works from being built.
  if (statement?.type === 'expression')
    return statement.expression === end && (unbuilt || file.language === 'java');
  if (statement?.type !== 'bind' || end.inFunction === undefined) return false;
  if (!unbuilt && file.language === 'csharp') return false;
  const index = statement.values.indexOf(end);
  const path = statement.targets[index]?.path ?? '';
  // A field is used by others.
  if (!statement.declares || !/^\w+$/.test(path)) return false;
  const { methods, escapes } = usesOf(file, path);
  if (unbuilt && isBuiltLater(file, path)) return false;
  return !escapes && [...methods].every(each => (unbuilt ? setsUp : ends).test(each));
}

/** `provider = builder.AddSource("x").Build()`, `return builder.AddSource("x")` */
function isBuiltLater(file: FileFacts, path: string): boolean {
  return file.syntax.calls.some(call => {
    let root = call.receiver;
    while (root?.type === 'call') root = root.receiver;
    if (root?.type !== 'reference' || root.path !== path) return false;
    return call.callee === 'Build' || statementOf(file, call)?.type !== 'expression';
  });
}
