import type { Rule } from './rule.ts';
import { missingServiceName } from './spl501-missing-service-name.ts';
import { missingVersionOrEnvironment } from './spl502-missing-version-or-environment.ts';
import { inconsistentServiceName } from './spl503-inconsistent-service-name.ts';
import { deprecatedExporter } from './spl504-deprecated-exporter.ts';
import { samplerHidesTraces } from './spl505-sampler-hides-traces.ts';
import { simpleSpanProcessor } from './spl506-simple-span-processor.ts';
import { sdkNotStarted } from './spl507-sdk-not-started.ts';
import { deprecatedPropagator } from './spl508-deprecated-propagator.ts';
import { retiredInstrumentation } from './spl509-retired-instrumentation.ts';

/** SPL5xx */
export const sdkRules: readonly Rule[] = [
  missingServiceName,
  missingVersionOrEnvironment,
  inconsistentServiceName,
  deprecatedExporter,
  samplerHidesTraces,
  simpleSpanProcessor,
  sdkNotStarted,
  deprecatedPropagator,
  retiredInstrumentation,
];
