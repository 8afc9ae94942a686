import type { Extent } from '../../facts/syntax.ts';

export interface XmlElement {
  readonly name: string;
  readonly at: Extent;
  readonly attributes: ReadonlyMap<string, { readonly value: string; readonly at: Extent }>;
  readonly children: readonly XmlElement[];
  /** Text of an element without children, trimmed. */
  readonly text: string;
  readonly textAt: Extent;
}

interface OpenElement extends XmlElement {
  at: { start: number; end: number };
  children: XmlElement[];
  text: string;
  textAt: Extent;
  bodyStart: number;
}

const token =
  /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<[?!][^>]*>|<\/\s*([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;

/** XML as build files use it: elements, attributes, text. Tags that do not match are closed where an outer one is. */
export function parseXml(source: string): {
  readonly elements: readonly XmlElement[];
  readonly comments: readonly Extent[];
} {
  const elements: OpenElement[] = [];
  const comments: Extent[] = [];
  const open: OpenElement[] = [];
  for (const match of source.matchAll(token)) {
    const [whole, closing, name, attributes, selfClosing] = match;
    const end = match.index + whole.length;
    if (whole.startsWith('<!--')) comments.push({ start: match.index, end });
    else if (closing !== undefined) {
      if (!open.some(element => element.name === closing)) continue;
      for (let element = open.pop(); element !== undefined; element = open.pop()) {
        element.at.end = end;
        if (element.children.length === 0) setText(element, source, match.index);
        if (element.name === closing) break;
      }
    } else if (name !== undefined) {
      const empty = { start: end, end };
      const element: OpenElement = {
        name,
        at: { start: match.index, end },
        attributes: attributesOf(attributes, match.index + 1 + name.length),
        children: [],
        text: '',
        textAt: empty,
        bodyStart: end,
      };
      open.at(-1)?.children.push(element);
      elements.push(element);
      if (selfClosing === '') open.push(element);
    }
  }
  return { elements, comments };
}

/** The text of a child element. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find(each => each.name === name)?.text;
}

function setText(element: OpenElement, source: string, end: number): void {
  const raw = source.slice(element.bodyStart, end);
  const start = element.bodyStart + (raw.length - raw.trimStart().length);
  element.text = raw.trim();
  element.textAt = { start, end: start + element.text.length };
}

function attributesOf(text: string, offset: number): XmlElement['attributes'] {
  const attributes = new Map<string, { value: string; at: Extent }>();
  for (const match of text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    const value = match[2] ?? match[3];
    const start = offset + match.index + match[0].length - 1 - value.length;
    attributes.set(match[1], { value, at: { start, end: start + value.length } });
  }
  return attributes;
}
