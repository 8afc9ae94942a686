import type { Draft } from './draft.ts';
import { adderFor } from './manifests.ts';
import { childText, parseXml } from './xml.ts';

/** `*.csproj` and `Directory.*.props`: packages and references to other projects. */
export function readMsbuild(source: string, draft: Draft, path: string): void {
  const { elements, comments } = parseXml(source);
  draft.comments = [...comments];
  const add = adderFor('nuget', draft);
  if (/proj$/.test(path)) {
    const assembly = elements.find(({ name }) => name === 'AssemblyName');
    const name = assembly?.text ?? path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
    draft.services.push({ name, folder: '.', at: assembly?.textAt ?? { start: 0, end: 0 } });
  }
  for (const element of elements) {
    const included = element.attributes.get('Include');
    if (included === undefined) continue;
    if (element.name === 'PackageReference' || element.name === 'PackageVersion')
      add(
        included.value,
        element.attributes.get('Version')?.value ?? childText(element, 'Version'),
        element.at,
        included.at,
      );
    else if (element.name === 'ProjectReference')
      draft.copies.push({ from: included.value.replaceAll('\\', '/'), to: '.', at: element.at });
  }
}
