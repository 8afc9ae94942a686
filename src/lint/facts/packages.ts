import type { FileFacts } from './fileFacts.ts';

/** NuGet packages whose namespaces have other names. */
const namespaces: { readonly [name: string]: string | undefined } = {
  'AWSSDK.SQS': 'Amazon.SQS',
  'AWSSDK.SimpleNotificationService': 'Amazon.SimpleNotificationService',
};

/**
 * A name whose package the file does not write beside it, with each of those that it may be of: those that Java imports
 * whole, the namespaces that C# uses (in other files too).
 */
export function withPackages({ language, syntax, service }: FileFacts, name: string): readonly string[] {
  if (!name.startsWith('global#') || (language !== 'java' && language !== 'csharp')) return [name];
  const local = name.slice('global#'.length);
  const packages = new Set(syntax.imports.flatMap(each => (each.name === '*' ? [each.module] : [])));
  if (language === 'csharp')
    for (const each of service.dependencies.keys()) packages.add(namespaces[each] ?? each);
  return [name, ...[...packages].map(each => `${each}.${local}`)];
}
