import { setFlagsFromString } from 'node:v8';

/**
 * How much of the heap may become garbage before all of it is looked at, percent of what was left the last time. V8 counts memory
 * outside of its heap as if it would stay: with the 40 % that it takes for a small heap, six megabytes of chunks from the
 * sockets begin a mark of the whole heap, and under a flood that is half of the processor time (87 marks in 6 s, now 3). Chunks
 * are young, and the collections of the young generation free them.
 */
const heapGrowingPercent = 300;

/**
 * How much bytecode may be put into a function that calls it, and how much a function may have that is: four times and twice what V8
 * takes by itself. Scanning and taking apart are a few loops over many small functions; past the limit those are called for each
 * field, and which ones that are is luck. It saves a fifth of the time, and costs 15 MB while it is compiled.
 */
const inlinedBytecode = 4000;
const inlinedFunction = 1000;

/** Of a process that is an engine; before anything of it has run long. */
export function setEngineFlags(): void {
  setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${inlinedBytecode}`);
  setFlagsFromString(`--max-inlined-bytecode-size=${inlinedFunction}`);
}
