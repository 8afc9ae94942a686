import type { CancellationToken } from 'vscode-jsonrpc/node';

/** What somebody who waits no longer looks like to a query. */
export function signalOf(cancellation: CancellationToken): { readonly aborted: boolean } {
  return {
    get aborted() {
      return cancellation.isCancellationRequested;
    },
  };
}
