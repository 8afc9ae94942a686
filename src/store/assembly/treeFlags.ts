/** What is unusual about a span in its trace: a bit set. */
export const treeFlags = {
  /** Its parent has not been received: it heads a tree of its own. */
  orphan: 1,
  /** Its id occurs earlier in the trace with other content. */
  duplicate: 2,
  /** It was its own ancestor; the circle is cut at this span, which heads a tree. */
  cycle: 4,
  endBeforeStart: 8,
  /** No end time yet: drawn to the end of the trace. */
  unfinished: 16,
  /** No start time: drawn from its parent's start. */
  startUnknown: 32,
} as const;
