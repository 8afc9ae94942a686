import { kindOf } from '../project/fileClass.ts';
import type { FileFacts } from './fileFacts.ts';

const examples = /(?:^|\/)(?:examples?|samples?|snippets|cookbooks?)\//i;

/** Recipes, wherever they are kept; what is called an example may be a program. */
const recipes = /(?:^|\/)(?:snippets|cookbooks?)\//i;

/** Whether the file shows how a package that is published is used: it may have a manifest of its own. */
export function isExampleOfPackage({ path, project }: Pick<FileFacts, 'path' | 'project'>): boolean {
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
    project.services.every(
      ({ isPublished, root }) =>
        isPublished || examples.test(`${root}/`) || kindOf(`${root}/`, undefined) === 'test',
    )
  );
}
