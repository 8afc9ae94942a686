/**
 * Chromium keeps lengths as 1/64 pixels in 32 bits, so nothing can be higher than 33.5 million pixels: 1.5 million
 * rows. Beyond that the scroll bar stands for more than it can measure; the map keeps the exact position beside it.
 */
const maxHeight = 30_000_000;

export class ScrollMap {
  /** Height of all rows, and of the element that stands for them. Pixels. */
  readonly contentHeight: number;
  readonly spacerHeight: number;
  readonly #viewportHeight: number;
  #top = 0;

  constructor(rowCount: number, rowHeight: number, viewportHeight: number) {
    this.contentHeight = rowCount * rowHeight;
    this.spacerHeight = Math.min(this.contentHeight, maxHeight);
    this.#viewportHeight = viewportHeight;
  }

  get scaled(): boolean {
    return this.contentHeight > maxHeight;
  }

  /** Exact position of the viewport's top in the content. */
  get top(): number {
    return this.#top;
  }

  get maxTop(): number {
    return Math.max(0, this.contentHeight - this.#viewportHeight);
  }

  /** The position that `scrollTop` shows; one that differs from the known one by rounding only changes nothing. */
  scrolledTo(scrollTop: number): void {
    if (Math.abs(scrollTop - this.scrollTop) < 1) return;
    this.#top = this.#clamp(this.scaled ? scrollTop * this.#factor : scrollTop);
  }

  /** Moves to an exact position; `scrollTop` is then what the scroll bar has to say. */
  moveTo(top: number): void {
    this.#top = this.#clamp(top);
  }

  get scrollTop(): number {
    return this.scaled ? this.#top / this.#factor : this.#top;
  }

  /** What to add to a position in the content to get one in the spacer; 0 if nothing is scaled. */
  get offset(): number {
    return this.scrollTop - this.#top;
  }

  get #factor(): number {
    return this.maxTop / (this.spacerHeight - this.#viewportHeight);
  }

  #clamp(top: number): number {
    return Math.min(Math.max(top, 0), this.maxTop);
  }
}
