import type { ControlClient } from '../engine/controlClient.ts';
import { isTraceId } from '../model/ids.ts';
import { backendOptions, backendTarget, fetchTrace } from './backend.ts';
import { CommandError, command } from './command.ts';
import { withEngine } from './connect.ts';
import { dropReasons } from './dropReasons.ts';
import { print, printJson } from './output.ts';
import { printTraceTree } from './traceTree.ts';
import { oneOf } from './values.ts';

const formats = ['otlp-json', 'tree', 'summary'] as const;

export const trace = command({
  usage: 'trace [options] <trace id>',
  summary: 'Show one trace.',
  operands: { least: 1, most: 1 },
  options: {
    format: {
      value: '<format>',
      description: `${formats.join(', ')} (default otlp-json): all of it, a waterfall, or what it tells`,
    },
    ...backendOptions,
  },
  async run({ options, operands: [operand] }) {
    const format = oneOf('format', options.format ?? 'otlp-json', formats);
    const traceId = operand.toLowerCase();
    if (!isTraceId(traceId))
      throw new CommandError(`a trace id is 32 hexadecimal digits, not all zero: '${operand}'`);
    if (format === 'tree' && options.json)
      throw new CommandError('--format tree is for people: --json goes with otlp-json and summary');
    const show = async (engine: Pick<ControlClient, 'request'>): Promise<boolean> => {
      if (format === 'tree') return printTraceTree(engine, traceId);
      const answer = await engine.request(format === 'summary' ? 'trace/analyze' : 'trace/get', { traceId });
      if (answer === null) return false;
      if (options.json || !process.stdout.isTTY) await printJson(answer);
      else await print(`${JSON.stringify(answer, undefined, 2)}\n`);
      return true;
    };
    const backend = await backendTarget(options);
    if (backend === undefined) {
      if (await withEngine(options, show)) return 0;
      const drop = await withEngine(options, engine => engine.request('trace/dropped', { traceId }));
      if (drop === null) throw new CommandError(`no trace ${traceId} in the engine`, 1);
      const time = new Date(Number(BigInt(drop.timeUnixNano) / 1_000_000n)).toISOString();
      throw new CommandError(`trace ${traceId} was dropped at ${time}: ${dropReasons[drop.reason]}`, 1);
    }
    const fetched = await fetchTrace(backend, traceId);
    if (fetched === undefined)
      throw new CommandError(`no trace ${traceId} in ${new URL(backend.url).host}`, 1);
    await show(fetched);
    return 0;
  },
});
