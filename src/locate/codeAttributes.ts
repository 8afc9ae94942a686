import type { AnyValue, KeyValue } from '../model/anyValue.ts';
import { codeKeys } from '../semconv/code.ts';

/** A span's own word on its position, in either generation of the conventions. */
export interface CodeAttributes {
  readonly filePath?: string;
  /** 1-based. */
  readonly line?: number;
  readonly column?: number;
  readonly function?: CodeFunction;
}

export interface CodeFunction {
  /** Last segment: `find` of `com.shop.OrderService$Inner.lambda$find$0`. */
  readonly name: string;
  /** What stands before it: `com.shop.OrderService`, `github.com/shop/pkg.(*Server)`; '' if nothing. */
  readonly owner: string;
}

const longestText = 4_096;

export function codeAttributes(attributes: readonly KeyValue[]): CodeAttributes {
  const value = (keys: readonly string[]) => attribute(attributes, keys);
  const name = textOf(value(codeKeys.functionName));
  const namespace = textOf(value(codeKeys.namespace));
  return {
    filePath: textOf(value(codeKeys.filePath)),
    line: positive(value(codeKeys.lineNumber)),
    column: positive(value(codeKeys.columnNumber)),
    function: name === undefined ? undefined : codeFunction(name, namespace),
  };
}

/** The first of these keys that the attributes carry. */
export function attribute(attributes: readonly KeyValue[], keys: readonly string[]): AnyValue | undefined {
  for (const key of keys) {
    const found = attributes.findLast(entry => entry.key === key);
    if (found !== undefined) return found.value;
  }
  return undefined;
}

/** Undefined for what is no text, empty, or longer than a name or path can be: what searches it goes back and forth in it. */
export function textOf(value: AnyValue | undefined): string | undefined {
  const text = value !== undefined && 'stringValue' in value ? value.stringValue.trim() : '';
  return text === '' || text.length > longestText ? undefined : text;
}

/** SDKs send the number as an integer, as a double or as text. */
function positive(value: AnyValue | undefined): number | undefined {
  if (value === undefined) return undefined;
  const raw =
    'intValue' in value
      ? value.intValue
      : 'doubleValue' in value
        ? value.doubleValue
        : 'stringValue' in value
          ? value.stringValue
          : '';
  const number = Number(raw);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/**
 * Splits a qualified name, whatever the language joins with (`.`, `::`, `->`, `\`, `#`, `:`), and leaves out what
 * compilers add: closures' numbers, proxies, inner classes.
 */
export function codeFunction(qualified: string, namespace?: string): CodeFunction {
  const plain = qualified
    .replace(/(?:\.func\d+|\.\d+)+$/, '')
    .replace(/\$\$.*?(?=[.#]|$)/, '')
    .replace(/\(.*\)$/, match => (match.startsWith('(*') ? match : ''));
  const split = Math.max(
    plain.lastIndexOf('.'),
    plain.lastIndexOf(':'),
    plain.lastIndexOf('->') + 1 || -1,
    plain.lastIndexOf('\\'),
    plain.lastIndexOf('#'),
  );
  const name = plain.slice(split + 1).replace(/^lambda\$(.+)\$\d+$/, '$1');
  const owner = split < 0 ? '' : plain.slice(0, split).replace(/[:>\-\\.#]+$/, '');
  return { name, owner: [namespace, owner].filter(part => part !== undefined && part !== '').join('.') };
}
