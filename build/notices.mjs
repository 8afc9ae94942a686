// The licences of the packages that are bundled.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shipped as files and not bundled, so no bundle names it. */
const shipped = ['node_modules/@vscode/tree-sitter-wasm'];

/**
 * @param {string} root the checkout.
 * @param {string[]} inputs paths of the bundled files, relative to it.
 * @returns {string} name, version and licence text of each package among them.
 * @throws when a package has no licence file.
 */
export function thirdPartyNotices(root, inputs) {
  const folders = inputs.flatMap(input => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  const notices = [...new Set([...folders, ...shipped])].sort().map(folder => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find(entry => /^licen[cs]e/i.test(entry));
    if (!file && !license) throw new Error(`${folder} says nothing about its licence`);
    const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `Licence: ${license}`;
    return `${name} ${version}\n\n${text}\n`;
  });
  return `Spanline contains the following packages.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
