import { child, type DataNode, entriesOf, itemsOf } from './data.ts';
import type { Draft } from './draft.ts';
import { addRequirement } from './manifests.ts';
import { parseToml } from './toml.ts';

/** `pyproject.toml` (PEP 621, PEP 735, Poetry, PDM, uv) and `Pipfile`. */
export function readPyproject(source: string, draft: Draft): void {
  const { root, comments } = parseToml(source);
  draft.comments = [...comments];
  const poetry = child(root, 'tool', 'poetry');
  const name = child(root, 'project', 'name') ?? child(poetry, 'name');
  if (name?.text !== undefined) draft.services.push({ name: name.text, folder: '.', at: name.at });

  if (isPublished(root)) draft.role = 'library';
  addList(child(root, 'project', 'dependencies'), false, draft);
  for (const { value } of entriesOf(child(root, 'project', 'optional-dependencies')))
    addList(value, false, draft);
  for (const { value } of entriesOf(child(root, 'dependency-groups'))) addList(value, true, draft);
  for (const { value } of entriesOf(child(root, 'tool', 'pdm', 'dev-dependencies')))
    addList(value, true, draft);
  addList(child(root, 'tool', 'uv', 'dev-dependencies'), true, draft);

  addTable(child(poetry, 'dependencies'), false, draft);
  addTable(child(poetry, 'dev-dependencies'), true, draft);
  for (const { key, value } of entriesOf(child(poetry, 'group')))
    addTable(child(value, 'dependencies'), key !== 'main', draft);
  addTable(child(root, 'packages'), false, draft);
  addTable(child(root, 'dev-packages'), true, draft);
}

/** What a package index shows: who writes it means others to install the package. */
function isPublished(root: DataNode | undefined): boolean {
  const project = child(root, 'project');
  const poetry = child(root, 'tool', 'poetry');
  const classifiers = [project, poetry].flatMap(each => itemsOf(child(each, 'classifiers')));
  if (classifiers.some(({ text }) => text?.startsWith('Private ::') === true)) return false;
  const says = (table: DataNode | undefined, ...keys: readonly string[]) =>
    keys.some(key => child(table, key) !== undefined);
  return (
    says(project, 'classifiers', 'urls', 'keywords', 'license', 'maintainers') ||
    says(poetry, 'classifiers', 'urls', 'keywords', 'homepage', 'repository')
  );
}

function addList(list: DataNode | undefined, dev: boolean, draft: Draft): void {
  for (const { text, at } of itemsOf(list))
    if (text !== undefined) addRequirement(text, at.start, { dev }, draft);
}

function addTable(table: DataNode | undefined, dev: boolean, draft: Draft): void {
  for (const { key, keyAt, value, at } of entriesOf(table))
    if (key !== 'python')
      draft.dependencies.push({
        ecosystem: 'pypi',
        name: key.toLowerCase().replaceAll(/[_.]/g, '-'),
        version: value.text ?? child(value, 'version')?.text,
        dev,
        at,
        nameAt: keyAt,
      });
}
