import type { FunctionSummary } from '../project/types.ts';
import type { FileFacts } from './fileFacts.ts';
import { isReferenceTo } from './references.ts';
import { ownerOf } from './scopes.ts';
import type { CallExpression } from './syntax.ts';

/** What is known of the function that a call goes to, if that stands in another file of the project. */
export function projectFunction(file: FileFacts, call: CallExpression): FunctionSummary | undefined {
  return file.ofCall(read, call);
}

function read(
  { language, names, path, project }: FileFacts,
  call: CallExpression,
): FunctionSummary | undefined {
  const name = names.callee(call)?.replaceAll('()', '');
  if (name === undefined) return undefined;
  if (language === 'python' || language === 'java' || language === 'csharp') {
    // A dot is all there is: a function of a module, or a method of a class or of an object in it.
    const [module, owner, local] = [/^(.+)\.\w+\.\w+$/, /\.(\w+)\.\w+$/, /\.(\w+)$/].map(
      pattern => pattern.exec(name)?.[1],
    );
    if (local === undefined) return undefined;
    return (
      project.functionOf(path, name.slice(0, -local.length - 1), local) ??
      (module === undefined ? undefined : project.functionOf(path, module, `${owner}.${local}`))
    );
  }
  const { className, receiverName } = ownerOf(call.inFunction);
  if (language === 'go' && className !== undefined && isReferenceTo(call.receiver, receiverName ?? '')) {
    // In another file of the package, or of a type that is embedded in this one.
    const method = project.functionOf(path, '.', `${className}.${call.callee}`);
    if (method !== undefined) return method;
  }
  // The one object of a class: `Tracing.getInstance().start('x')`.
  const [, module, local = 'default'] =
    /^([^#]*)#([\w$.]+)?$/.exec(name.replace(/\.getInstance(?=\.)/, '')) ?? [];
  if (module === undefined) return undefined;
  if (module === 'global' || module === '')
    return language === 'go' ? project.functionOf(path, '.', local) : undefined;
  const maker = call.constructs ? project.functionOf(path, module, `${local}.constructor`) : undefined;
  return maker ?? project.functionOf(path, module, local);
}
