import { ConfigPlace } from './configPlace.ts';
import { jaegerStrategies, probabilisticProcessor, sdkSampler } from './headSampling.ts';
import { chain, type Sampler } from './sampler.ts';
import { tailSampler } from './tailSampling.ts';

/**
 * A configuration, parsed from YAML or JSON → what samples as it says. Known by their content: a configuration of the collector, or the
 * part of its processor `tail_sampling` or `probabilistic_sampler`; OpenTelemetry's declarative configuration of an SDK, or its
 * part `sampler`; Jaeger's file of sampling strategies. Throws a `SamplingConfigError`.
 */
export function readSampler(parsed: unknown): Sampler {
  const config = new ConfigPlace(parsed);
  if (config.isList) return tailSampler(new ConfigPlace({ policies: parsed }));
  if (!config.isMap) return config.refuse('this is no sampling configuration');
  const has = (key: string) => !config.at(key).isAbsent;
  if (has('processors')) return collectorSampler(config);
  if (has('tracer_provider')) {
    const sampler = config.at('tracer_provider').at('sampler');
    return sampler.isAbsent
      ? sampler.refuse('there is no sampler in this configuration')
      : sdkSampler(sampler);
  }
  if (has('default_strategy') || has('service_strategies')) return jaegerStrategies(config);
  if (has('policies')) return tailSampler(config);
  if (has('sampling_percentage')) return probabilisticProcessor(config, 'probabilistic_sampler');
  if (has('sampler')) return sdkSampler(config.at('sampler'));
  const processors = config.keys().filter(isSampling);
  if (processors.length > 0) return chain(processors.map(name => processorSampler(config.at(name), name)));
  if (config.keys().length === 1) return sdkSampler(config);
  return config.refuse(
    'nothing here samples: expected are processors with tail_sampling or probabilistic_sampler, a tracer_provider with a sampler, or Jaeger sampling strategies',
  );
}

/** In the order of the pipeline of traces that samples. Without pipelines, in the order in which the processors stand there. */
function collectorSampler(config: ConfigPlace): Sampler {
  const processors = config.at('processors');
  const pipelines = config.at('service').at('pipelines');
  const ofPipelines = pipelines
    .keys()
    .filter(name => typeOf(name) === 'traces')
    .map(name => pipelines.at(name).at('processors').texts().filter(isSampling))
    .filter(names => names.length > 0);
  if (new Set(ofPipelines.map(names => names.join())).size > 1)
    pipelines.refuse('several pipelines sample, each in its own way; give the configuration of one');
  const names = ofPipelines[0] ?? (pipelines.isAbsent ? processors.keys().filter(isSampling) : []);
  if (names.length === 0)
    return processors.refuse(
      'no processor of a pipeline of traces samples (tail_sampling, probabilistic_sampler)',
    );
  return chain(names.map(name => processorSampler(processors.at(name), name)));
}

function processorSampler(settings: ConfigPlace, name: string): Sampler {
  if (settings.isAbsent) settings.refuse('this processor has no settings');
  return typeOf(name) === 'tail_sampling' ? tailSampler(settings) : probabilisticProcessor(settings, name);
}

function isSampling(processor: string): boolean {
  return ['tail_sampling', 'probabilistic_sampler'].includes(typeOf(processor));
}

/** `traces/backend` → `traces` */
function typeOf(componentId: string): string {
  return componentId.split('/', 1)[0];
}
