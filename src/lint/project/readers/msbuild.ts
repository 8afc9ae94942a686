import type { PackageRole } from '../types.ts';
import type { Draft } from './draft.ts';
import { adderFor } from './manifests.ts';
import { childText, parseXml, type XmlElement } from './xml.ts';

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
  if (/proj$/.test(path)) draft.role = roleOf(elements);
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

/** The plain SDK makes a library, unless it is told otherwise; those of the web and of workers make programs. */
function roleOf(elements: readonly XmlElement[]): PackageRole {
  const output = elements.find(({ name }) => name === 'OutputType')?.text;
  const sdk = elements.find(({ name }) => name === 'Project')?.attributes.get('Sdk')?.value;
  // Run by a host of the cloud.
  if (elements.some(({ name }) => name === 'AWSProjectType' || name === 'AzureFunctionsVersion'))
    return 'program';
  if (output !== undefined) return /^library$/i.test(output) ? 'library' : 'program';
  return sdk !== undefined && /^Microsoft\.NET\.Sdk(?:\.Razor)?$/i.test(sdk) ? 'library' : 'program';
}
