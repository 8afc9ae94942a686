import type { ControlAnswers } from '../controlConnection.ts';
import { introduction } from '../version.ts';
import type { AnswerParts } from './parts.ts';

/** What the engine has seen and holds. */
export function statusAnswers({
  store,
  ingest,
  forwarding,
  journal,
  receivers,
  rejections,
  remote,
  keepLongerProblem,
}: AnswerParts) {
  return {
    status() {
      const { spansReceived, spansStored, spansEvicted, evictions, tracesStored, bytesStored, budgetBytes } =
        store.counters;
      return {
        version: introduction.version,
        pid: process.pid,
        // Replayed spans are stored, but no news of any sender.
        spansReceived: spansReceived - (journal?.replayed.spans ?? 0),
        spansStored,
        spansRejected: ingest.spansRejected,
        spansEvicted,
        evictions: evictions.map(({ lastTime, ...count }) => ({
          ...count,
          lastTimeUnixNano: `${BigInt(lastTime) * 1_000_000n}`,
        })),
        ...(keepLongerProblem !== undefined && { keepLongerProblem }),
        logsStored: store.logs.count,
        metricPointsReceived: store.metrics.pointsReceived - (journal?.replayed.points ?? 0),
        tracesStored,
        bytesStored,
        budgetBytes,
        journal: journal?.status ?? { state: 'off', bytes: 0 },
        forward: forwarding.status,
        backends: remote.states,
        rssBytes: process.memoryUsage.rss(),
        uptimeSeconds: process.uptime(),
        endpoints: receivers.endpoints,
        portConflicts: [...receivers.conflicts],
        requests: receivers.requests,
        rejections: rejections.list(),
      };
    },
  } satisfies Partial<ControlAnswers>;
}
