import type { FileFacts } from './fileFacts.ts';

const examples = /(?:^|\/)(?:examples?|samples?|snippets|cookbooks?)\//i;

/** Recipes, wherever they are kept; what is called an example may be a program. */
const recipes = /(?:^|\/)(?:snippets|cookbooks?)\//i;

/** Whether the file shows how a package that is published is used: it may have a manifest of its own. */
export function isExampleOfPackage({ path, project }: Pick<FileFacts, 'path' | 'project'>): boolean {
  return (
    examples.test(path) &&
    project.services.some(
      ({ isPublished, root }) =>
        isPublished &&
        (recipes.test(path) ||
          (path.startsWith(root === '' ? '' : `${root}/`) && examples.test(path.slice(root.length)))),
    )
  );
}
