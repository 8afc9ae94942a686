// A thread of `spanline lint`, with a share of the files.
import { parentPort, workerData } from 'node:worker_threads';
import { LintShare, type ShareOptions } from './lintShare.ts';
import { type FromThread, sent, type ToThread } from './lintTeam.ts';

const share = new LintShare(workerData as ShareOptions);
const reading = share.read((stripe, files) => post({ stripe, files }));

parentPort?.on('message', (message: ToThread) => {
  if ('said' in message) share.hear(message.stripe, message.said);
  else void lint(message.chosen, message.folders);
});

async function lint(...[chosen, folders]: Parameters<LintShare['lint']>): Promise<void> {
  await reading;
  post({ linted: (await share.lint(chosen, folders)).map(sent) });
}

function post(message: FromThread): void {
  parentPort?.postMessage(message);
}
