import { spanKindNames } from '../model/span.ts';
import { formatDuration } from '../model/time.ts';
import type { ServiceStatistics } from '../protocol/control.ts';
import { command } from './command.ts';
import { withEngine } from './connect.ts';
import { coloured, print, printJson } from './output.ts';
import { alignColumns, printable, shorten } from './table.ts';

const longestName = 60;

export const services = command({
  usage: 'services [options]',
  summary: 'Show calls, errors and latencies of every service and operation.',
  operands: { least: 0, most: 0 },
  options: {},
  async run({ options }) {
    const answer = await withEngine(options, engine =>
      engine.request('services/list', { attribution: { kind: 'all' } }),
    );
    if (options.json) await printJson({ services: answer.services });
    else if (answer.services.length === 0) await print('No services.\n');
    else await print(`${servicesText(answer.services)}\n`);
    return 0;
  },
});

function servicesText(all: readonly ServiceStatistics[]): string {
  const rows = all.flatMap(({ serviceName, spanCount, errorCount, operations }) => [
    [nameText(serviceName), '', `${spanCount}`, errors(errorCount), '', '', '', ''],
    ...operations.map(each => [
      `  ${nameText(each.name)}`,
      spanKindNames[each.kind],
      `${each.count}`,
      errors(each.errors),
      each.ratePerSecond.toFixed(2),
      ...[each.p50Nano, each.p95Nano, each.p99Nano].map(nanos => formatDuration(Number(nanos))),
    ]),
  ]);
  return alignColumns(
    [['service', 'kind', 'spans', 'errors', 'per second', 'p50', 'p95', 'p99'], ...rows],
    [2, 3, 4, 5, 6, 7],
  );
}

/** One long name must not push the numbers out of the terminal. */
function nameText(name: string): string {
  return shorten(printable(name), longestName) || '(no name)';
}

function errors(count: number): string {
  return count === 0 ? '' : coloured('red', `${count}`);
}
