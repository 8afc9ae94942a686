import { type Signal, signal } from '@preact/signals';
import type { TraceSummary } from '../../../src/protocol/control.ts';
import type { PanelFile } from '../../../src/protocol/panel.ts';
import type { PanelClient } from '../../connection/webviewApi.ts';

/** The traces of a file, and those among them that are looked for. */
export class FileTracesModel {
  readonly file: PanelFile;
  readonly client: PanelClient;
  readonly filter = signal('');
  readonly traces: Signal<readonly TraceSummary[]> = signal([]);
  /** How many traces the filter finds; more than are shown, perhaps. */
  readonly total = signal(0);
  /** The last thing that went wrong, as text. */
  readonly trouble = signal('');
  #asked = 0;

  private constructor(file: PanelFile, client: PanelClient) {
    this.file = file;
    this.client = client;
    // The file has changed, or it is another engine that reads it now.
    client.on('engine/restarted', () => void this.search(this.filter.peek()));
  }

  static async start(file: PanelFile, client: PanelClient): Promise<FileTracesModel> {
    const model = new FileTracesModel(file, client);
    await model.search('');
    return model;
  }

  async search(text: string): Promise<void> {
    this.filter.value = text;
    const asked = ++this.#asked;
    await this.#attempt(async () => {
      const { total, traces } = await this.client.request('file/traces', { text });
      if (asked !== this.#asked) return;
      this.traces.value = traces;
      this.total.value = total;
    });
  }

  /** The host begins a page with the trace. */
  async open(traceId: string): Promise<void> {
    await this.#attempt(() => this.client.request('trace/open', { traceId }));
  }

  async #attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
      this.trouble.value = '';
    } catch (error) {
      this.trouble.value = error instanceof Error ? error.message : String(error);
    }
  }
}
