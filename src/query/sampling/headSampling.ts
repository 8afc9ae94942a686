import type { ConfigPlace } from './configPlace.ts';
import { TokenBucket } from './limiters.ts';
import { type Sampler, single } from './sampler.ts';
import type { StoredTrace } from './storedTrace.ts';
import { keepsByRandomness } from './traceIdHash.ts';

type Keeps = (trace: StoredTrace) => boolean;

/** Options of a parent-based sampler that the previewed trace says nothing about, unless they are what they are by default. */
const followingParent = {
  remote_parent_not_sampled: 'always_off',
  local_parent_sampled: 'always_on',
  local_parent_not_sampled: 'always_off',
};
const deepest = 8;

/**
 * A sampler of an SDK, in OpenTelemetry's declarative configuration (`tracer_provider.sampler`;
 * https://github.com/open-telemetry/opentelemetry-configuration). It decides where a trace begins; for a trace whose beginning is
 * not stored, where the parent was elsewhere, `remote_parent_sampled` decides.
 */
export function sdkSampler(place: ConfigPlace): Sampler {
  const [name] = place.keys();
  return single(name ?? 'sampler', keepsOf(place, 0));
}

function keepsOf(place: ConfigPlace, depth: number): Keeps {
  if (depth > deepest) place.refuse(`samplers are nested more than ${deepest} levels deep`);
  const [type, ...more] = place.keys();
  if (type === undefined || more.length > 0) place.refuse('exactly one sampler is expected here');
  const settings = place.at(type);
  switch (type) {
    case 'always_on':
      return () => true;
    case 'always_off':
      return () => false;
    case 'trace_id_ratio_based':
    case 'probability/development': {
      settings.only('ratio');
      const ratio = settings.at('ratio').isAbsent ? 1 : settings.at('ratio').number(0);
      if (ratio > 1) settings.at('ratio').refuse('a ratio is a number from 0 to 1');
      const keeps = keepsByRandomness(ratio);
      return ({ traceId }) => keeps(traceId);
    }
    case 'parent_based':
      return parentBased(settings, depth);
    default:
      return place.refuse(`the sampler '${type.slice(0, 60)}' cannot be previewed`);
  }
}

function parentBased(settings: ConfigPlace, depth: number): Keeps {
  settings.only('root', 'remote_parent_sampled', ...Object.keys(followingParent));
  for (const [option, usual] of Object.entries(followingParent)) {
    const place = settings.at(option);
    if (!place.isAbsent && place.keys().join() !== usual)
      place.refuse(`only its default, ${usual}, can be previewed`);
  }
  const part = (option: string): Keeps => {
    const place = settings.at(option);
    return place.isAbsent ? () => true : keepsOf(place, depth + 1);
  };
  const ofRoot = part('root');
  const ofRemote = part('remote_parent_sampled');
  return trace => (trace.root.hasParent ? ofRemote(trace) : ofRoot(trace));
}

/** The processor `probabilistic_sampler`, as far as it looks at trace ids alone. */
export function probabilisticProcessor(settings: ConfigPlace, name: string): Sampler {
  settings.only(
    ...['mode', 'sampling_percentage', 'hash_seed', 'fail_closed', 'sampling_precision'],
    ...['attribute_source', 'from_attribute', 'sampling_priority'],
  );
  const percentage = settings.at('sampling_percentage').number(0);
  const mode = settings.at('mode').isAbsent ? 'hash_seed' : settings.at('mode').text();
  const seed = settings.at('hash_seed').isAbsent ? 0 : settings.at('hash_seed').number(0);
  if (!['hash_seed', 'proportional', 'equalizing'].includes(mode))
    settings.at('mode').refuse('a mode is hash_seed, proportional or equalizing');
  // Proportional and equalizing differ for traces that were sampled before only.
  const keeps = mode === 'hash_seed' ? keepsBySeed(percentage, seed) : keepsByRandomness(percentage / 100);
  return single(name, ({ traceId }) => keeps(traceId));
}

/** FNV-1a, 32 bits, over the seed's bytes (the low one first) and the id; the low 14 bits under the percentage of 2^14. */
function keepsBySeed(percentage: number, seed: number): (traceId: string) => boolean {
  const limit = Math.trunc(percentage * (0x4000 / 100));
  const start = [seed, seed >>> 8, seed >>> 16, seed >>> 24].reduce(
    (hash, byte) => step(hash, byte & 255),
    0x811c9dc5,
  );
  return traceId => (Buffer.from(traceId, 'hex').reduce(step, start) & 0x3fff) < limit;
}

function step(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193) >>> 0;
}

/**
 * Jaeger's file of sampling strategies (https://www.jaegertracing.io/docs/latest/architecture/sampling/): `probabilistic` or
 * `ratelimiting` (traces a second) by service and operation of the root; the answer tells services apart.
 */
export function jaegerStrategies(config: ConfigPlace): Sampler {
  config.only('default_strategy', 'service_strategies');
  const list = config.at('service_strategies');
  const services = new Map<string, { at: number; keeps: Keeps }>();
  const policies: string[] = [];
  for (const strategy of list.isAbsent ? [] : list.items()) {
    const service = strategy.at('service').text();
    services.set(service, { at: policies.length, keeps: strategyOf(strategy) });
    policies.push(service);
  }
  const fallback = config.at('default_strategy');
  // Without a strategy, Jaeger hands out one trace in a thousand.
  const others = fallback.isAbsent ? byRatio(0.001) : strategyOf(fallback);
  const otherwise = { at: policies.length, keeps: others };
  policies.push('default_strategy');
  return {
    policies,
    decide: trace => {
      const { at, keeps } = services.get(trace.root.serviceName) ?? otherwise;
      return keeps(trace) ? { kept: true, wantedBy: [at] } : { kept: false, wantedBy: [] };
    },
  };
}

function strategyOf(strategy: ConfigPlace): Keeps {
  const operations = strategy.at('operation_strategies');
  const byName = new Map<string, Keeps>();
  for (const each of operations.isAbsent ? [] : operations.items())
    byName.set(each.at('operation').text(), plainStrategy(each));
  const otherwise =
    strategy.at('type').isAbsent && byName.size > 0 ? byRatio(0.001) : plainStrategy(strategy);
  return trace => (byName.get(trace.root.name) ?? otherwise)(trace);
}

function plainStrategy(strategy: ConfigPlace): Keeps {
  const type = strategy.at('type').text();
  const parameter = strategy.at('param').number(0);
  if (type === 'probabilistic') return byRatio(parameter);
  if (type !== 'ratelimiting') return strategy.at('type').refuse('a type is probabilistic or ratelimiting');
  // Jaeger's clients: so many traces a second, at least one at once.
  const bucket = new TokenBucket(parameter, Math.max(1, parameter));
  return ({ startSeconds }) => bucket.take(1, startSeconds);
}

function byRatio(ratio: number): Keeps {
  const keeps = keepsByRandomness(ratio);
  return ({ traceId }) => keeps(traceId);
}
