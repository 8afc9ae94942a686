import { format } from 'node:util';

/** Where a question or a touch goes: VS Code's own page, or the webview that is in front. */
export type Place = 'workbench' | 'panel';

/** What is left of an answer when it is waited for until it is one. */
type Truthy<R> = Exclude<R, false | null | undefined | 0 | ''>;

export interface TouchOptions {
  readonly button?: 'left' | 'right';
  readonly clickCount?: number;
  readonly modifiers?: readonly ('Alt' | 'Control' | 'Meta' | 'Shift')[];
  readonly position?: { readonly x: number; readonly y: number };
  /** Milliseconds, 20,000 unless told. */
  readonly timeout?: number;
}

export interface TestResult {
  readonly passed: number;
  readonly failed: number;
  readonly pending: number;
  /** The test files that were loaded, as absolute paths. */
  readonly files: readonly string[];
}

/**
 * A window as its user sees it. The tests run in the extension host; the window is another process, which the runner
 * drives for them (build/vscode/pageServer.mjs).
 */
export class Page {
  readonly #window: number;

  private constructor(window: number) {
    this.#window = window;
  }

  /** The window that runs the tests. It cannot be reloaded: they would die with it. */
  static readonly own = new Page(0);

  /** One more window of the same VS Code, on the same folder. */
  static async open(): Promise<Page> {
    return new Page(await call('open'));
  }

  async close(): Promise<void> {
    await call('close', this.#window);
  }

  async reload(): Promise<void> {
    await call('reload', this.#window);
  }

  /**
   * Runs a function in the page. It sees nothing of the test but `arg`; what it returns must be JSON.
   *
   * @throws when the function throws, or no webview is in front within 15 seconds.
   */
  async evaluate<R, A = undefined>(place: Place, question: (arg: A) => R | Promise<R>, arg?: A): Promise<R> {
    return call('evaluate', this.#window, place, expression(question, arg));
  }

  /** The first truthy answer of a function that is asked again and again; `timeout` in milliseconds. */
  async waitFor<R, A = undefined>(
    place: Place,
    question: (arg: A) => R,
    arg?: A,
    timeout = 15_000,
  ): Promise<Truthy<R>> {
    return call('waitFor', this.#window, place, expression(question, arg), timeout);
  }

  /** Clicks what a Playwright selector finds: CSS, `text=…`, `role=…`. */
  async click(place: Place, selector: string, options: TouchOptions = {}): Promise<void> {
    await call('click', this.#window, place, selector, { timeout: 20_000, ...options });
  }

  async hover(place: Place, selector: string, options: TouchOptions = {}): Promise<void> {
    await call('hover', this.#window, place, selector, { timeout: 20_000, ...options });
  }

  /** One key or chord in the notation of Playwright: `Enter`, `Control+F`. */
  async press(keys: string): Promise<void> {
    await call('press', this.#window, keys);
  }

  async type(text: string): Promise<void> {
    await call('type', this.#window, text);
  }

  /** @returns the path of the PNG. */
  async screenshot(name: string): Promise<string> {
    return call('screenshot', this.#window, name);
  }
}

/** Prints a line where the tests were started. */
export async function print(message: string, ...values: unknown[]): Promise<void> {
  await call('print', format(message, ...values));
}

/** Tells the runner how the tests ended. */
export async function finish(result: TestResult): Promise<void> {
  await call('finish', result);
}

function expression<A>(question: (arg: A) => unknown, arg: A | undefined): string {
  return `(${question})(${arg === undefined ? '' : JSON.stringify(arg)})`;
}

async function call<R>(method: string, ...args: unknown[]): Promise<R> {
  const address = process.env['SPANLINE_TEST_PAGES'];
  if (address === undefined) throw new Error('host tests are run by `npm run test:host`');
  const response = await fetch(new URL(method, address), { method: 'POST', body: JSON.stringify(args) });
  const value = await response.json();
  if (!response.ok) throw new Error(`${method}: ${value}`);
  return value as R;
}
