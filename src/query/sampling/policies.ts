import { KeySet } from '../../decode/otlp/readSpanParts.ts';
import type { AnyValue } from '../../model/anyValue.ts';
import { RegexAutomaton } from '../traceql/regex/automaton.ts';
import { parseRegex, RegexError } from '../traceql/regex/syntax.ts';
import type { ConfigPlace } from './configPlace.ts';
import { TokenBucket } from './limiters.ts';
import type { StoredTrace } from './storedTrace.ts';
import { keepsByHash } from './traceIdHash.ts';

/** What one policy says of a trace. */
export type Vote = 'sampled' | 'not sampled' | 'dropped';

export type Policy = (trace: StoredTrace) => Vote;

/**
 * Policies of the collector's `tail_sampling` processor that look at a trace by themselves, by type: settings → policy. Source:
 * README, `config.go` and `internal/sampling` of `processor/tailsamplingprocessor` in opentelemetry-collector-contrib.
 */
export const simplePolicies: { readonly [type: string]: (settings: ConfigPlace) => Policy } = {
  always_sample: () => () => 'sampled',
  latency,
  numeric_attribute: numericAttribute,
  probabilistic,
  status_code: statusCode,
  string_attribute: stringAttribute,
  boolean_attribute: booleanAttribute,
  rate_limiting: rateLimiting,
  bytes_limiting: bytesLimiting,
  span_count: spanCount,
  trace_state: traceState,
  trace_flags: () => yes(trace => trace.someSpan(span => ((span.decoded().flags ?? 0) & 1) !== 0)),
};

function yes(test: (trace: StoredTrace) => boolean): Policy {
  return trace => (test(trace) ? 'sampled' : 'not sampled');
}

function latency(settings: ConfigPlace): Policy {
  settings.only('threshold_ms', 'upper_threshold_ms');
  const threshold = optional(settings.at('threshold_ms')) ?? 0;
  const upper = optional(settings.at('upper_threshold_ms')) ?? 0;
  return upper === 0
    ? yes(({ durationMs }) => durationMs >= threshold)
    : yes(({ durationMs }) => durationMs > threshold && durationMs <= upper);
}

function probabilistic(settings: ConfigPlace): Policy {
  settings.only('hash_salt', 'sampling_percentage');
  const percentage = optional(settings.at('sampling_percentage')) ?? 0;
  const salt = settings.at('hash_salt');
  const keeps = keepsByHash(percentage, salt.isAbsent ? '' : salt.text());
  return yes(({ traceId }) => keeps(traceId));
}

const statusNames = ['UNSET', 'OK', 'ERROR'];

function statusCode(settings: ConfigPlace): Policy {
  settings.only('status_codes');
  const names = settings.at('status_codes');
  const codes = names.items().map(item => {
    const code = statusNames.indexOf(item.text());
    return code < 0 ? item.refuse(`a status code is one of ${statusNames.join(', ')}`) : code;
  });
  if (codes.length === 0) names.refuse('at least one status code is needed');
  return yes(trace => trace.someSpan(span => codes.includes(span.status)));
}

function stringAttribute(settings: ConfigPlace): Policy {
  settings.only('key', 'values', 'enabled_regex_matching', 'cache_max_size', 'invert_match');
  const values = settings.at('values');
  const accepts = flagOf(settings, 'enabled_regex_matching')
    ? anyPattern(values)
    : (text: string) => wanted.has(text);
  const wanted = new Set(values.texts().filter(text => text !== ''));
  // As the collector reads it: what is no text counts as the empty one, which on a span is never looked at.
  const textOf = (value: AnyValue) => ('stringValue' in value ? (value.stringValue as string) : '');
  return attributePolicy(
    settings,
    value => accepts(textOf(value)),
    value => textOf(value) !== '' && accepts(textOf(value)),
  );
}

function numericAttribute(settings: ConfigPlace): Policy {
  settings.only('key', 'min_value', 'max_value', 'invert_match');
  const least = optional(settings.at('min_value'), Number.NEGATIVE_INFINITY);
  const most = optional(settings.at('max_value'), Number.NEGATIVE_INFINITY);
  if (least === undefined && most === undefined) settings.refuse('min_value or max_value is needed');
  return attributePolicy(settings, value => {
    // As the collector reads it: all but whole numbers count as 0.
    const number = 'intValue' in value ? Number(value.intValue) : 0;
    return number >= (least ?? Number.NEGATIVE_INFINITY) && number <= (most ?? Number.POSITIVE_INFINITY);
  });
}

function booleanAttribute(settings: ConfigPlace): Policy {
  settings.only('key', 'value', 'invert_match');
  const wanted = flagOf(settings, 'value');
  return attributePolicy(settings, value => ('boolValue' in value && value.boolValue === true) === wanted);
}

/**
 * An attribute of a resource or of a span passes; inverted, of none does. That this then went before what other policies say is gone
 * from the processor (off by default since November 2025, pull requests 44132 and 48976).
 */
function attributePolicy(
  settings: ConfigPlace,
  ofResource: (value: AnyValue) => boolean,
  ofSpan = ofResource,
): Policy {
  const key = settings.at('key').text();
  const keys = new KeySet([key]);
  const passes = (test: (value: AnyValue) => boolean, value: AnyValue | undefined) =>
    value !== undefined && test(value);
  const matches = (trace: StoredTrace): boolean =>
    trace.someResource(attribute => passes(ofResource, attribute(key))) ||
    trace.someSpan(span => passes(ofSpan, span.attribute(keys)));
  const isInverted = flagOf(settings, 'invert_match');
  return yes(trace => matches(trace) !== isInverted);
}

function anyPattern(values: ConfigPlace): (text: string) => boolean {
  const patterns = values.items().map(item => {
    try {
      // Anywhere in the text: the collector does not anchor them.
      return new RegexAutomaton(parseRegex(`(?s:.*)(?:${item.text()})(?s:.*)`));
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      return item.refuse(`not a regular expression: ${error.message}`);
    }
  });
  return text => patterns.some(pattern => pattern.test(text));
}

function rateLimiting(settings: ConfigPlace): Policy {
  const bucket = bucketOf(settings, 'spans_per_second');
  return yes(trace => bucket.take(trace.spanCount, trace.startSeconds));
}

function bytesLimiting(settings: ConfigPlace): Policy {
  const bucket = bucketOf(settings, 'bytes_per_second');
  return yes(trace => bucket.take(trace.bytes, trace.startSeconds));
}

function bucketOf(settings: ConfigPlace, rate: string): TokenBucket {
  settings.only(rate, 'burst_capacity');
  const perSecond = settings.at(rate).number(0);
  return new TokenBucket(perSecond, optional(settings.at('burst_capacity')) || 2 * perSecond);
}

function spanCount(settings: ConfigPlace): Policy {
  settings.only('min_spans', 'max_spans');
  const least = optional(settings.at('min_spans')) ?? 0;
  const most = optional(settings.at('max_spans')) || Number.POSITIVE_INFINITY;
  return yes(trace => trace.spanCount >= least && trace.spanCount <= most);
}

function traceState(settings: ConfigPlace): Policy {
  settings.only('key', 'values');
  const key = settings.at('key').text();
  const wanted = new Set(settings.at('values').texts().filter(Boolean));
  return yes(trace =>
    trace.someSpan(span => {
      const members = (span.decoded().traceState ?? '').split(',').map(member => member.trim());
      const found = members.find(member => member.startsWith(`${key}=`));
      return found !== undefined && wanted.has(found.slice(key.length + 1));
    }),
  );
}

function optional(place: ConfigPlace, least = 0): number | undefined {
  return place.isAbsent ? undefined : place.number(least);
}

function flagOf(settings: ConfigPlace, name: string): boolean {
  const place = settings.at(name);
  return !place.isAbsent && place.flag();
}
