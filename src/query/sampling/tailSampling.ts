import type { ConfigPlace } from './configPlace.ts';
import { SpansPerSecond } from './limiters.ts';
import { type Policy, simplePolicies, type Vote } from './policies.ts';
import type { Sampler } from './sampler.ts';

/** Settings of the processor that are about memory and time: what is stored here has arrived whole. */
const settingsOfOperation = [
  'decision_wait',
  'decision_wait_after_root_received',
  'num_traces',
  'expected_new_traces_per_sec',
  'decision_cache',
  'drop_pending_traces_on_shutdown',
  'maximum_trace_size_bytes',
  'block_on_overflow',
  'sampling_strategy',
  'tail_storage',
  'num_shards',
];
/** More levels than the collector takes. */
const deepest = 8;

interface NamedPolicy {
  readonly name: string;
  readonly vote: Policy;
}

/**
 * The processor `tail_sampling`: every policy votes; a trace that one drops is dropped, else one that samples it is enough.
 */
export function tailSampler(settings: ConfigPlace): Sampler {
  settings.only('policies', 'sample_on_first_match', ...settingsOfOperation);
  const firstOnly = settings.at('sample_on_first_match');
  const stopsEarly = !firstOnly.isAbsent && firstOnly.flag();
  const policies = settings
    .at('policies')
    .items()
    .map(place => namedPolicy(place, 0));
  if (policies.length === 0) settings.at('policies').refuse('at least one policy is needed');
  return {
    policies: policies.map(({ name }) => name),
    decide: trace => {
      const wantedBy: number[] = [];
      const votes = new Set<Vote>();
      for (const [at, { vote }] of policies.entries()) {
        const answer = vote(trace);
        votes.add(answer);
        if (answer === 'sampled') wantedBy.push(at);
        if (answer === 'dropped' || (stopsEarly && answer === 'sampled')) break;
      }
      return { kept: votes.has('sampled') && !votes.has('dropped'), wantedBy };
    },
  };
}

function namedPolicy(place: ConfigPlace, depth: number): NamedPolicy {
  if (depth > deepest) place.refuse(`policies are nested more than ${deepest} levels deep`);
  const name = place.at('name').text();
  const type = place.at('type').text();
  const settings = place.at(type);
  if (Object.hasOwn(simplePolicies, type)) return { name, vote: simplePolicies[type](settings) };
  switch (type) {
    case 'and':
      return { name, vote: allOf(subPolicies(settings, 'and_sub_policy', depth), 'sampled') };
    case 'drop':
      return { name, vote: allOf(subPolicies(settings, 'drop_sub_policy', depth), 'dropped') };
    case 'not':
      return { name, vote: not(namedPolicy(settings.at('not_sub_policy'), depth + 1)) };
    case 'composite':
      return { name, vote: composite(settings, depth) };
    case 'ottl_condition':
      return place.refuse(
        'conditions in OTTL cannot be previewed; leave this policy out to preview the rest',
      );
    default:
      return place.at('type').refuse(`'${type.slice(0, 60)}' is no policy that is known here`);
  }
}

function subPolicies(settings: ConfigPlace, key: string, depth: number): NamedPolicy[] {
  const list = settings.at(key);
  const policies = list.items().map(item => namedPolicy(item, depth + 1));
  return policies.length === 0 ? list.refuse('at least one policy is needed') : policies;
}

function allOf(policies: readonly NamedPolicy[], outcome: Vote): Policy {
  return trace => {
    for (const { vote } of policies) if (vote(trace) === 'not sampled') return 'not sampled';
    return outcome;
  };
}

function not({ vote }: NamedPolicy): Policy {
  const opposite: Partial<Record<Vote, Vote>> = { sampled: 'not sampled', 'not sampled': 'sampled' };
  return trace => {
    const answer = vote(trace);
    return opposite[answer] ?? answer;
  };
}

/**
 * The first sub-policy, in `policy_order`, that samples decides: yes, as long as its share of the spans per second lasts. One
 * without a share of its own has an equal one.
 */
function composite(settings: ConfigPlace, depth: number): Policy {
  settings.only('max_total_spans_per_second', 'policy_order', 'composite_sub_policy', 'rate_allocation');
  const total = settings.at('max_total_spans_per_second').number(0);
  const policies = subPolicies(settings, 'composite_sub_policy', depth);
  const shares = new Map<string, number>();
  const allocation = settings.at('rate_allocation');
  for (const share of allocation.isAbsent ? [] : allocation.items()) {
    const percent = share.at('percent');
    shares.set(share.at('policy').text(), percent.isAbsent ? 0 : percent.number(0));
  }
  const ordered = inOrder(policies, settings.at('policy_order')).map(({ name, vote }) => {
    const percent = shares.get(name) || 100 / policies.length;
    return { vote, limit: new SpansPerSecond(Math.floor((percent / 100) * total)) };
  });
  return trace => {
    const first = ordered.find(({ vote }) => vote(trace) === 'sampled');
    return first?.limit.take(trace) ? 'sampled' : 'not sampled';
  };
}

function inOrder(policies: readonly NamedPolicy[], order: ConfigPlace): NamedPolicy[] {
  const names = order.texts();
  for (const [at, name] of names.entries())
    if (!policies.some(policy => policy.name === name))
      order.items()[at].refuse(`there is no sub-policy '${name.slice(0, 60)}'`);
  const rank = ({ name }: NamedPolicy) => (names.includes(name) ? names.indexOf(name) : names.length);
  return policies.toSorted((a, b) => rank(a) - rank(b));
}
