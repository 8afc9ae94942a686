import { TraceViews } from '../query/traceViews.ts';
import type { ControlServerConnection } from './controlConnection.ts';
import type { RemoteTraces } from './remoteTraces.ts';

/** Ids of views of fetched traces are above this, those of received ones below: 2^30 are opened by nobody. */
export const lastReceivedView = 2 ** 30;
/** Ids of views of files are from here on. */
export const firstFileView = 2 ** 31;

/** What one client sees of fetched traces; nothing is made before it looks at one. */
export function remoteViewsOf(client: ControlServerConnection, remote: RemoteTraces) {
  let views: TraceViews | undefined;
  return {
    remoteViews: (): TraceViews => {
      views ??= new TraceViews(remote.shelf.store, remote.shelf.readers.summaries, lastReceivedView);
      return views;
    },
    announceRemote: () => {
      for (const change of views?.takeChanged() ?? []) client.notify('view/changed', change);
    },
  };
}
