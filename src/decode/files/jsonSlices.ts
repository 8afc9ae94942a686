/** Bytes of a file, from and up to. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** A JSON document made of parts of a larger one, in their order; a text closes what the file has left open. */
export type Slice = readonly (ByteRange | string)[];

/** The first value of a JSON text, as smaller documents of the same form. */
export interface SlicedJson {
  /** Each has a part of one of the lists, and all that is around that list. */
  readonly slices: Iterable<Slice>;
  /** After the value; the length of the content if it does not end. */
  readonly end: number;
}

/** A list or object that is on the way to spans, and may be too large to be read at once. */
interface Node {
  readonly isList: boolean;
  readonly key: string;
  readonly from: number;
  to: number;
  isClosed: boolean;
  /** How many slices it makes. */
  count: number;
  /** Of a list: runs of small elements, and large ones. */
  readonly parts: (ByteRange | Node)[];
  /** Of a list: where the run begins that goes on, and where its last element ends. */
  runFrom: number;
  lastEnd: number;
  /** Of a list: there is something between its elements that is no comma; it is cut no further. */
  isBroken: boolean;
  /** Of an object: what is cut. */
  inner: Node | undefined;
}

/** Lists with objects that hold such lists themselves, lists of spans, and objects with nothing else in them. */
const outerLists: ReadonlySet<string> = new Set([
  ...['resourceSpans', 'resource_spans', 'batches', 'data'],
  ...['scopeSpans', 'scope_spans', 'instrumentationLibrarySpans', 'instrumentation_library_spans'],
]);
const innerLists: ReadonlySet<string> = new Set(['spans']);
const wrappers: ReadonlySet<string> = new Set(['trace', 'result']);
/** `result`, a list, its elements, twice more: no format goes deeper. */
const deepest = 9;
/** Slices repeat what is around a list: all of them together are at most so many times the document. */
const mostRepeated = 3;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
/** `[` and `{` differ in one bit from `]` and `}` in two. */
const opens = { list: 0x5b, object: 0x7b } as const;
const closes = { list: 0x5d, object: 0x7d } as const;

/**
 * Looks for places to cut the first value of a JSON text: nothing is parsed, and what is malformed stays so in one of the slices.
 * Yields after every `turnBytes`, for others to have their turn.
 * @param sliceBytes about the size of a slice
 */
export function* sliceJson(
  content: Buffer,
  sliceBytes: number,
  turnBytes = sliceBytes,
): Generator<void, SlicedJson> {
  const scan = new Scan(content, sliceBytes);
  while (scan.advance(turnBytes)) yield;
  const { root, end } = scan;
  // Something before it, or instead of it.
  if (root === undefined || !isBlank(content, 0, root.from))
    return { slices: [[{ from: 0, to: content.length }]], end: content.length };
  return { slices: slicesOf(root), end };
}

class Scan {
  root: Node | undefined;
  end: number;
  readonly #content: Buffer;
  readonly #sliceBytes: number;
  readonly #path: Node[] = [];
  /** Of lists and objects that are not cut. */
  #depth = 0;
  #at = 0;
  #textFrom = 0;
  #textTo = 0;

  constructor(content: Buffer, sliceBytes: number) {
    this.#content = content;
    this.#sliceBytes = sliceBytes;
    this.end = content.length;
  }

  /** Goes on for about so many bytes; false: the value has ended, or the text. */
  advance(bytes: number): boolean {
    const content = this.#content;
    const limit = Math.min(content.length, this.#at + bytes);
    let at = this.#at;
    while (at < limit) {
      const byte = content[at];
      if (byte === quote) {
        const to = endOfText(content, at + 1);
        this.#textFrom = at + 1;
        this.#textTo = to;
        at = to;
      } else if (byte === opens.list || byte === opens.object) this.#open(at, byte === opens.list);
      else if (byte === closes.list || byte === closes.object) {
        if (!this.#close(at + 1, byte === closes.list)) return false;
      }
      at++;
    }
    this.#at = at;
    if (at < content.length) return true;
    this.#endOfFile();
    return false;
  }

  #open(at: number, isList: boolean): void {
    if (this.#depth > 0) {
      this.#depth++;
      return;
    }
    const around = this.#path.at(-1);
    if (around?.isList) startElement(this.#content, around, at);
    if (this.#isCut(around, isList))
      this.#path.push({
        isList,
        key: around === undefined || around.isList ? '' : this.#key(),
        from: at,
        to: at,
        isClosed: false,
        count: 1,
        parts: [],
        runFrom: at + 1,
        lastEnd: at + 1,
        isBroken: false,
        inner: undefined,
      });
    else this.#depth++;
  }

  #isCut(around: Node | undefined, isList: boolean): boolean {
    if (around === undefined) return true;
    if (this.#path.length >= deepest) return false;
    // Zipkin has spans in a list, or lists of them in a list.
    if (around.isList) return isList ? this.#path.length === 1 : outerLists.has(around.key);
    const key = this.#key();
    return isList ? outerLists.has(key) || innerLists.has(key) : wrappers.has(key);
  }

  /** The text before the value that begins. */
  #key(): string {
    return this.#content.toString('latin1', this.#textFrom, Math.min(this.#textTo, this.#textFrom + 40));
  }

  /** False: the whole value has ended. */
  #close(end: number, isList: boolean): boolean {
    if (this.#depth > 0) this.#depth--;
    else {
      const node = this.#path.at(-1);
      // The wrong one: what is around cannot be right either.
      if (node === undefined || node.isList !== isList) {
        this.#endOfFile();
        return false;
      }
      this.#path.pop();
      node.isClosed = true;
      this.#finish(node, end);
    }
    const around = this.#path.at(-1);
    if (around === undefined) {
      this.end = end;
      return false;
    }
    if (this.#depth === 0 && around.isList) this.#endElement(around, end);
    return true;
  }

  #endElement(list: Node, end: number): void {
    list.lastEnd = end;
    if (end - list.runFrom < this.#sliceBytes || list.isBroken) return;
    list.parts.push({ from: list.runFrom, to: end });
    list.runFrom = end;
  }

  /** Joins a part of the path to what is around it. */
  #finish(node: Node, end: number): void {
    node.to = end;
    if (node.isList) finishList(this.#content, node);
    else if (node.inner !== undefined) {
      const around = end - node.from - (node.inner.to - node.inner.from);
      if (around * node.inner.count > mostRepeated * (end - node.from)) node.inner = undefined;
      node.count = node.inner?.count ?? 1;
    }
    const outer = this.#path.at(-1);
    if (outer === undefined) this.root = node;
    else if (node.count > 1) {
      if (outer.isList) addLarge(this.#content, outer, node);
      else if (outer.inner === undefined || outer.inner.count < node.count) outer.inner = node;
    }
  }

  /** Everything that is open ends with the file. */
  #endOfFile(): void {
    const { length } = this.#content;
    for (let node = this.#path.pop(); node !== undefined; node = this.#path.pop()) this.#finish(node, length);
    this.end = length;
  }
}

/** After a run that is closed, a comma must come: else it is not closed. */
function startElement(content: Buffer, list: Node, at: number): void {
  if (list.runFrom !== list.lastEnd || list.parts.length === 0 || list.isBroken) return;
  if (isComma(content, list.lastEnd, at)) list.runFrom = at;
  else reopen(list);
}

function addLarge(content: Buffer, list: Node, element: Node): void {
  if (list.isBroken) return;
  if (list.lastEnd > list.runFrom && isComma(content, list.lastEnd, element.from)) {
    list.parts.push({ from: list.runFrom, to: list.lastEnd });
    list.runFrom = element.from;
    list.lastEnd = element.from;
  }
  if (list.lastEnd > list.runFrom || !isBlank(content, list.runFrom, element.from)) reopen(list);
  else {
    list.parts.push(element);
    list.runFrom = element.to;
  }
}

function finishList(content: Buffer, list: Node): void {
  const to = list.isClosed ? list.to - 1 : list.to;
  const last = list.parts.at(-1);
  // Cut off before the next element.
  if (!list.isClosed && last !== undefined && isComma(content, list.runFrom, to)) list.runFrom = to;
  const hasRest = !isBlank(content, list.runFrom, to);
  if (hasRest && list.isClosed && last !== undefined && list.runFrom === list.lastEnd) reopen(list);
  if (hasRest) list.parts.push({ from: list.runFrom, to });
  // That it is cut off is to be found in the last slice, and nowhere else.
  else if (!list.isClosed && last !== undefined && !isOpen(last)) list.parts.push({ from: to, to });
  list.count = list.parts.reduce((sum, part) => sum + ('count' in part ? part.count : 1), 0);
}

/** The last part goes on after all, to the end of the list. */
function reopen(list: Node): void {
  const last = list.parts.pop();
  if (last !== undefined) list.runFrom = last.from;
  list.isBroken = true;
}

function isOpen(part: ByteRange | Node): boolean {
  return 'isClosed' in part && !part.isClosed;
}

interface MarkedSlice {
  readonly parts: Slice;
  readonly isLast: boolean;
}

function* slicesOf(root: Node): Generator<Slice> {
  for (const { parts } of cut(root, true)) yield parts;
}

/** @param isLast nothing of the document comes after it */
function* cut(node: Node, isLast: boolean): Generator<MarkedSlice> {
  const { isList, from, to, parts, inner } = node;
  if (!isList && inner === undefined) yield { parts: [{ from, to }], isLast };
  if (inner !== undefined)
    for (const slice of cut(inner, isLast)) {
      const rest = node.isClosed || slice.isLast ? { from: inner.to, to } : '}';
      yield { ...slice, parts: [{ from, to: inner.from }, ...slice.parts, rest] };
    }
  if (isList && parts.length === 0) yield { parts: [{ from, to }], isLast };
  for (const [index, part] of parts.entries()) {
    const isLastPart = isLast && index === parts.length - 1;
    const inside = 'count' in part ? cut(part, isLastPart) : [{ parts: [part], isLast: isLastPart }];
    for (const slice of inside) {
      const closer = node.isClosed ? { from: to - 1, to } : slice.isLast ? '' : ']';
      yield { ...slice, parts: [{ from, to: from + 1 }, ...slice.parts, closer] };
    }
  }
}

function endOfText(content: Buffer, from: number): number {
  let at = from;
  while (at < content.length && content[at] !== quote) at += content[at] === backslash ? 2 : 1;
  return at;
}

export function isBlank(content: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isSpace(content[at])) return false;
  return true;
}

/** Whether there is exactly one comma in a range, and nothing else but spaces. */
function isComma(content: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at < to && isSpace(content[at])) at++;
  return content[at] === comma && at < to && isBlank(content, at + 1, to);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
