import { kindOf } from '../project/fileClass.ts';
import type { Service } from '../project/types.ts';
import type { FileFacts } from './fileFacts.ts';

const examples = /(?:^|\/)(?:examples?|samples?|snippets|cookbooks?)\//i;

/** Recipes, wherever they are kept; what is called an example may be a program. */
const recipes = /(?:^|\/)(?:snippets|cookbooks?)\//i;

interface Shown extends Pick<FileFacts, 'path' | 'project'> {
  readonly syntax?: FileFacts['syntax'];
}

/** Whether the file shows how a package that is published is used: it may have a manifest of its own. */
export function isExampleOfPackage(file: Shown): boolean {
  const { path, project } = file;
  if (!examples.test(path)) return false;
  const published = project.services.filter(({ isPublished }) => isPublished);
  if (published.length === 0) return false;
  if (recipes.test(path)) return true;
  const isWithin = published.some(
    ({ root }) => path.startsWith(root === '' ? '' : `${root}/`) && examples.test(path.slice(root.length)),
  );
  // Where there is nothing else, what is beside the packages shows them, too.
  return (
    isWithin ||
    usesOneOf(published, file) ||
    project.services.every(
      ({ isPublished, root }) =>
        isPublished || examples.test(`${root}/`) || kindOf(`${root}/`, undefined) === 'test',
    )
  );
}

/** It imports one of the packages, or lists one as a dependency. */
function usesOneOf(published: readonly Service[], { path, project, syntax }: Shown): boolean {
  const used = [
    ...project.serviceOf(path).dependencies.keys(),
    ...(syntax?.imports.map(({ module }) => module) ?? []),
  ];
  return published.some(({ names }) =>
    names.some(({ name }) => used.some(each => each === name || each.startsWith(`${name}/`))),
  );
}
