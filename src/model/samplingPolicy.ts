/**
 * Policies of the collector's `tail_sampling` processor, in its vocabulary and units. Source: the README and `config.go` of
 * `processor/tailsamplingprocessor` in opentelemetry-collector-contrib. Of its types these are known here; names are free
 * text and tell policies apart in answers.
 */
export type SamplingPolicy = { readonly name: string } & SamplingRule;

export type SamplingRule =
  | { readonly type: 'always_sample' }
  | { readonly type: 'latency'; readonly latency: LatencyRule }
  | { readonly type: 'status_code'; readonly status_code: { readonly status_codes: readonly StatusName[] } }
  | { readonly type: 'probabilistic'; readonly probabilistic: ProbabilisticRule }
  | { readonly type: 'rate_limiting'; readonly rate_limiting: { readonly spans_per_second: number } }
  | { readonly type: 'string_attribute'; readonly string_attribute: StringAttributeRule }
  | { readonly type: 'and'; readonly and: { readonly and_sub_policy: readonly SamplingPolicy[] } }
  | { readonly type: 'composite'; readonly composite: CompositeRule };

export type StatusName = 'OK' | 'ERROR' | 'UNSET';

/** Latest end − earliest start of the trace lies above the threshold and, if given, not above the upper one. */
export interface LatencyRule {
  readonly threshold_ms: number;
  readonly upper_threshold_ms?: number;
}

/** Decided by the trace id alone; 0–100. */
export interface ProbabilisticRule {
  readonly hash_salt?: string;
  readonly sampling_percentage: number;
}

/** An attribute of a span or of its resource equals one of the values, or matches one as a regular expression. */
export interface StringAttributeRule {
  readonly key: string;
  readonly values: readonly string[];
  readonly enabled_regex_matching?: boolean;
  /** Of distinct values whose result is remembered. */
  readonly cache_max_size?: number;
  /** True where the attribute is absent, or none of the values. */
  readonly invert_match?: boolean;
}

/** The first of the sub-policies, in `policy_order`, that samples and has some of its share of the rate left. */
export interface CompositeRule {
  readonly max_total_spans_per_second: number;
  readonly policy_order?: readonly string[];
  readonly composite_sub_policy: readonly SamplingPolicy[];
  readonly rate_allocation?: readonly { readonly policy: string; readonly percent: number }[];
}
