import type { ControlRequests } from '../../src/protocol/control.ts';

type Ask = <K extends keyof ControlRequests>(
  method: K,
  params: ControlRequests[K][0],
) => Promise<ControlRequests[K][1]> | ControlRequests[K][1];

interface Questions {
  readonly [name: string]: (ask: Ask) => unknown;
}

/** What somebody who looks at traces asks of an engine, by a name for the report. */
export const questions: Questions = {
  'list of traces': ask => ask('traces/list', { filter: { attribution: { kind: 'all' } }, limit: 200 }),
  'list of traces with a word': ask =>
    ask('traces/list', { filter: { attribution: { kind: 'all' }, text: 'quote' }, limit: 200 }),
  'list of an operation': ask =>
    ask('traces/list', {
      filter: {
        attribution: { kind: 'all' },
        rootServiceName: 'checkout',
        rootSpanName: 'POST /api/checkout',
      },
      limit: 200,
    }),
  'groups of traces': ask => ask('traces/groups', { filter: { attribution: { kind: 'all' } }, limit: 200 }),
  services: ask => ask('services/list', { attribution: { kind: 'all' } }),
  'names of attributes': ask => complete(ask, '{ span.'),
  'values of an attribute': ask => complete(ask, '{ span.http.request.method = '),
  'names of spans': ask => complete(ask, '{ name = '),
  ...queries(
    '{ status = error }',
    '{ resource.service.name = "cart" && duration > 100ms }',
    '{ span.http.response.status_code >= 500 }',
    '{ span.no.such.key = "x" }',
    '{ name =~ ".*quote.*" && duration > 400h }',
    '{ resource.service.name = "cart" } >> { status = error }',
    '{ resource.service.name = "cart" } >> { duration > 400h }',
    '{ status = error } | count() > 400',
  ),
  'a word nobody wrote': ask =>
    ask('traces/query', { query: 'nobodywrotethis', limit: 20, spansPerTrace: 3 }),
};

/** What is counted over every span that is stored. */
export const sums: Questions = {
  shapes: ask => ask('shapes/list', { attribution: { kind: 'all' } }),
  ...series(
    '{ } | rate()',
    '{ } | rate() by (resource.service.name)',
    '{ } | rate() by (span.http.response.status_code)',
    '{ } | quantile_over_time(duration, .5, .99) by (name)',
    '{ status = error } | count_over_time() by (name)',
    '{ } | histogram_over_time(duration)',
    '{ resource.service.name = "cart" } >> { status = error } | rate()',
    '{ } | compare({ status = error })',
  ),
};

function queries(...texts: string[]): Questions {
  return Object.fromEntries(
    texts.map(query => [query, (ask: Ask) => ask('traces/query', { query, limit: 20, spansPerTrace: 3 })]),
  );
}

function series(...texts: string[]): Questions {
  return Object.fromEntries(texts.map(query => [query, (ask: Ask) => ask('series/query', { query })]));
}

function complete(ask: Ask, query: string): unknown {
  return ask('query/complete', { query, offset: query.length });
}
