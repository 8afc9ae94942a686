import type { EngineLink } from '../link/engineLink.ts';

/** Where a panel has its trace from: the engine's store, or a file that the engine reads. */
export type TraceSource = Pick<
  EngineLink,
  'request' | 'onDidChangeView' | 'onDidConnect' | 'onDidChangeState'
> & {
  /** Absent: nothing comes or goes but with a new connection. */
  readonly onDidChangeStore?: EngineLink['onDidChangeStore'];
};
