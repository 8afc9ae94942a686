import { ConfigPlace, SamplingConfigError } from './configPlace.ts';
import { jaegerStrategies, probabilisticProcessor, sdkSampler } from './headSampling.ts';
import { chain, type Sampler } from './sampler.ts';
import { tailSampler } from './tailSampling.ts';

/**
 * A configuration, parsed from YAML or JSON → what samples as it says. Known by their content: a configuration of the collector, or the
 * part of its processor `tail_sampling` or `probabilistic_sampler`; OpenTelemetry's declarative configuration of an SDK, or its
 * part `sampler`; Jaeger's file of sampling strategies. Throws a `SamplingConfigError`.
 * @param pipeline which pipeline of a collector, where several sample
 */
export function readSampler(parsed: unknown, pipeline?: string): Sampler {
  const config = new ConfigPlace(parsed);
  if (config.isList) return tailSampler(new ConfigPlace({ policies: parsed }));
  if (!config.isMap) return config.refuse('this is no sampling configuration');
  const has = (key: string) => !config.at(key).isAbsent;
  if (has('processors')) return collectorSampler(config, pipeline);
  if (pipeline !== undefined) config.refuse('there are no pipelines in this configuration');
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
function collectorSampler(config: ConfigPlace, wanted: string | undefined): Sampler {
  const processors = config.at('processors');
  const pipelines = config.at('service').at('pipelines');
  const sampling = new Map(
    pipelines
      .keys()
      .filter(name => typeOf(name) === 'traces')
      .map(name => [name, pipelines.at(name).at('processors').texts().filter(isSampling)] as const)
      .filter(([, processorNames]) => processorNames.length > 0),
  );
  const choices = [...sampling.keys()];
  if (wanted !== undefined && !sampling.has(wanted))
    pipelines.refuse(`no pipeline '${wanted.slice(0, 60)}' samples traces (${choices.join(', ') || 'none'})`);
  const ways = new Set([...sampling.values()].map(processorNames => processorNames.join()));
  if (wanted === undefined && ways.size > 1)
    throw new SamplingConfigError(
      `several pipelines sample, each in its own way: choose one of ${choices.join(', ')}`,
      choices,
    );
  const names =
    sampling.get(wanted ?? choices[0]) ?? (pipelines.isAbsent ? processors.keys().filter(isSampling) : []);
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
