import { parse } from 'yaml';

/** Of what is configuration, the longest in UTF-16 units. */
const longestText = 1 << 20;
/** Levels of nesting that no configuration has. */
const deepest = 100;

/** The value of a YAML document, JSON included. Throws an `Error` that says what is wrong, for people. */
export function readYaml(text: string): unknown {
  if (text.length > longestText) throw new Error('a configuration of more than 1 MiB');
  // The library calls itself for each level.
  if (isTooDeep(text)) throw new Error(`nested more than ${deepest} levels deep`);
  try {
    // Anything less than errors goes to the console; `silent` would let them pass.
    return parse(text, { logLevel: 'error', merge: true }) as unknown;
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    throw new Error(`not YAML: ${line}`);
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > deepest) return true;
  }
  return new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${deepest}}|^ {${4 * deepest}}`, 'm').test(text);
}
