import { ChannelClient } from '../../src/protocol/channel.ts';
import { isPanelState } from '../../src/protocol/guards.ts';
import type { PanelNotifications, PanelRequests, PanelState } from '../../src/protocol/panel.ts';

/** What VS Code puts into a webview's page. It may be acquired once in the life of the page. */
interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): WebviewApi;

export type PanelClient = ChannelClient<PanelRequests, PanelNotifications>;

/** Where the state of the panel survives a reload. */
export interface StateStorage {
  /** `null` if there is none, or one of another version. */
  read(): PanelState | null;
  write(state: PanelState): void;
}

/** Call it once. */
export function connect(): { client: PanelClient; storage: StateStorage } {
  const api = acquireVsCodeApi();
  const client: PanelClient = new ChannelClient({
    post: message => api.postMessage(message),
    onMessage: listener => {
      const receive = (event: MessageEvent) => listener(event.data);
      window.addEventListener('message', receive);
      return { dispose: () => window.removeEventListener('message', receive) };
    },
  });
  const storage: StateStorage = {
    read: () => {
      const state = api.getState();
      return isPanelState(state) ? state : null;
    },
    write: state => api.setState(state),
  };
  return { client, storage };
}
