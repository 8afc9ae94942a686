import { readFileSync } from 'node:fs';

export type Environment = { readonly [name: string]: string };

/** The blocks of environment variables in a page of the guide about senders, in their order. */
export function environmentBlocks(page: string): Environment[] {
  const text = readFileSync(`docs/guide/senders/${page}.md`, 'utf8');
  return [...text.matchAll(/(?:^ {4}[A-Z_]+=.*\n)+/gm)].map(([block]) =>
    Object.fromEntries([...block.matchAll(/^ {4}([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value])),
  );
}
