/** Lines of a text: offsets in UTF-16 units ↔ 1-based lines and columns. */
export class LineMap {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  /** An offset outside the text is taken to its nearer end. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const at = Math.max(0, Math.min(offset, this.#length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - this.#starts[low] + 1 };
  }

  /** Offset of the beginning of a 1-based line; the end of the text for a line beyond it. */
  lineStart(line: number): number {
    return line > this.#starts.length ? this.#length : this.#starts[Math.max(0, line - 1)];
  }
}
