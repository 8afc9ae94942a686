/** Colours of the theme as numbers, for canvases. */
export class ThemeColors {
  readonly #context: CanvasRenderingContext2D;
  readonly #probe: HTMLElement;

  /** `probe` is an element in the page: custom properties are resolved where it stands. */
  constructor(probe: HTMLElement) {
    const canvas = document.createElement('canvas');
    canvas.width = 1;
    canvas.height = 1;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser has no 2D canvas');
    this.#context = context;
    this.#probe = probe;
  }

  /** Any CSS colour, `var()` and `color-mix()` included, as a pixel of `ImageData` on a little-endian machine. */
  pixel(color: string): number {
    this.#probe.style.color = color;
    // The computed colour may be written as `color(srgb …)`: a canvas reads all of CSS, and gives back plain bytes.
    this.#context.fillStyle = getComputedStyle(this.#probe).color;
    this.#context.clearRect(0, 0, 1, 1);
    this.#context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = this.#context.getImageData(0, 0, 1, 1).data;
    return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
}
