import type { ControlAnswers } from '../controlConnection.ts';
import { introduction } from '../version.ts';
import type { AnswerParts } from './parts.ts';

/** What the engine has seen and holds. */
export function statusAnswers({ store, ingest, receivers, rejections }: AnswerParts) {
  return {
    status() {
      const { spansReceived, spansStored, spansEvicted, tracesStored, bytesStored, budgetBytes } =
        store.counters;
      return {
        version: introduction.version,
        pid: process.pid,
        spansReceived,
        spansStored,
        spansRejected: ingest.spansRejected,
        spansEvicted,
        logsStored: store.logs.count,
        metricPointsReceived: store.metrics.pointsReceived,
        tracesStored,
        bytesStored,
        budgetBytes,
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
