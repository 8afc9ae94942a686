// A process that has nothing to do: how late it is tells what comes of a busy machine alone. Measures for the milliseconds
// that it is sent, until its parent goes away.
import { eventLoopDelay } from './eventLoopDelay.ts';

process.on('message', async ms => process.send?.(await eventLoopDelay(Number(ms))));
