/** What instruments a program from outside: launchers, agents, and packages that start by being there. Written 2026-11. */

export type Runtime = 'node' | 'browser' | 'python' | 'go' | 'java' | 'dotnet';

interface Launcher {
  /** In a command or in the value of a variable. */
  readonly pattern: RegExp;
  readonly runtime: Runtime;
  readonly vendor?: true;
}

const launchers: readonly Launcher[] = [
  {
    runtime: 'python',
    pattern: /\bopentelemetry-instrument\b|\bedot-instrument\b|\bsplunk-py-trace\b|\bloongsuite-instrument\b/,
  },
  { runtime: 'python', pattern: /opentelemetry\/instrumentation\/auto_instrumentation/ },
  {
    runtime: 'node',
    pattern:
      /@opentelemetry\/auto-instrumentations-node|@splunk\/otel\/instrument|@elastic\/opentelemetry-node|@aws\/aws-distro-opentelemetry-node-autoinstrumentation|autoinstrumentation\.js\b|@hyperdx\/node-opentelemetry\/build|\bopentelemetry-instrument(?:ation)? node\b/,
  },
  {
    runtime: 'java',
    pattern:
      // Of an agent that its name does not tell, nobody knows what it leaves out.
      /-javaagent:(?!\S*(?:dd-java-agent|newrelic|elastic-apm|skywalking|pinpoint|jmx|jacoco|mockito|byte-?buddy|aspectj|lombok|spring-instrument|pyroscope|jolokia|kover))\S|\bopentelemetry-javaagent\b/i,
  },
  { runtime: 'dotnet', pattern: /OpenTelemetry\.AutoInstrumentation|otel-dotnet-auto|\binstrument\.sh\b/ },
  {
    runtime: 'go',
    pattern:
      /\borchestrion\s+go\b|\botel\s+go\s+build\b|autoinstrumentation-go|opentelemetry-go-instrumentation/,
  },
  { runtime: 'python', vendor: true, pattern: /\bddtrace-run\b|\bnewrelic-admin\b|\belasticapm-run\b/ },
  {
    runtime: 'node',
    vendor: true,
    pattern: /(?:-r|--require|--import)[\s=](?:dd-trace|newrelic|elastic-apm-node|@sentry\/\w+|@newrelic)/,
  },
  {
    runtime: 'java',
    vendor: true,
    pattern: /-javaagent:\S*(?:dd-java-agent|newrelic|elastic-apm|skywalking|pinpoint)/,
  },
];

/** What a command, or the value of `NODE_OPTIONS`, `JAVA_TOOL_OPTIONS` and the like, starts a program with. */
export function launchersIn(
  text: string,
): readonly { readonly runtime: Runtime; readonly vendor: boolean }[] {
  return launchers
    .filter(({ pattern }) => pattern.test(text))
    .map(({ runtime, vendor = false }) => ({ runtime, vendor }));
}

/** Variables whose values are options of a runtime. */
export const optionVariables =
  /^(?:NODE_OPTIONS|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|JAVA_OPTS(?:_APPEND)?|JAVA_OPTIONS|JVM_(?:OPTS|ARGS)|JAVA_A(?:RGS|GENT)|CATALINA_OPTS|MAVEN_OPTS|DOTNET_STARTUP_HOOKS|PYTHONPATH|AWS_LAMBDA_EXEC_WRAPPER)$/;

/** Variables that switch an agent on by being set. */
export function agentOf(
  variable: string,
  value: string | undefined,
): { readonly runtime: Runtime; readonly vendor: boolean } | undefined {
  if (/^OTEL_DOTNET_AUTO_HOME$/.test(variable)) return { runtime: 'dotnet', vendor: false };
  if (/^COR(?:ECLR)?_PROFILER$/.test(variable) && value?.includes('918728DD') === true)
    return { runtime: 'dotnet', vendor: false };
  if (/^COR(?:ECLR)?_PROFILER_PATH$/.test(variable) && value !== undefined)
    return { runtime: 'dotnet', vendor: !/opentelemetry/i.test(value) };
  // Of Paketo's buildpack.
  if (/^BPL?_OPENTELEMETRY_ENABLED$/.test(variable) && value === 'true')
    return { runtime: 'java', vendor: false };
  if (variable === 'AWS_LAMBDA_EXEC_WRAPPER' && value === '/opt/otel-handler')
    return { runtime: 'node', vendor: false };
  return undefined;
}

const injected: { readonly [language: string]: Runtime | undefined } = {
  nodejs: 'node',
  python: 'python',
  java: 'java',
  dotnet: 'dotnet',
  go: 'go',
};

/** What the operator for Kubernetes injects because of an annotation. */
export function injectedBy(annotation: string, value: string): Runtime | undefined {
  const language = /^instrumentation\.opentelemetry\.io\/inject-([a-z]+)$/.exec(annotation)?.[1];
  return language === undefined || value === 'false' ? undefined : injected[language];
}

interface AutomaticPackage {
  readonly pattern: RegExp;
  readonly runtime: Runtime;
  readonly starts: boolean;
  /** It only instruments what Spring makes. */
  readonly spring?: true;
}

/** Dependencies that instrument by being there (frameworks load them), and those that still have to be started. */
const packages: readonly AutomaticPackage[] = [
  {
    runtime: 'java',
    starts: true,
    pattern:
      /^io\.opentelemetry\.instrumentation:opentelemetry-spring-boot(?:-starter|-autoconfigure)?$|^io\.micrometer:micrometer-tracing-bridge-otel$|^org\.springframework\.boot:spring-boot-starter-opentelemetry$|^org\.springframework\.cloud:spring-cloud-sleuth-otel/,
    spring: true,
  },
  {
    runtime: 'java',
    starts: true,
    pattern:
      /^io\.quarkus:quarkus-opentelemetry$|^io\.micronaut\.tracing:micronaut-tracing-opentelemetry|^io\.helidon\.(?:tracing\.providers:helidon-tracing-providers-opentelemetry|microprofile\.telemetry:)|^io\.smallrye\.opentelemetry:|^org\.eclipse\.microprofile\.telemetry:|^plugin:com\.ryandens\.javaagent-otel$|^io\.opentelemetry\.(?:javaagent:opentelemetry-javaagent|contrib:opentelemetry-runtime-attach)$|^com\.splunk:splunk-otel-javaagent$|^com\.microsoft\.azure:applicationinsights-runtime-attach$/,
  },
  { runtime: 'node', starts: false, pattern: /^@opentelemetry\/auto-instrumentations-node$/ },
  { runtime: 'browser', starts: false, pattern: /^@opentelemetry\/auto-instrumentations-web$/ },
  {
    runtime: 'python',
    starts: false,
    pattern:
      /^opentelemetry-distro$|^elastic-opentelemetry$|^splunk-opentelemetry$|^aws-opentelemetry-distro$/,
  },
  { runtime: 'dotnet', starts: false, pattern: /^OpenTelemetry\.AutoInstrumentation$/ },
];

export function automaticPackage(name: string): AutomaticPackage | undefined {
  return packages.find(({ pattern }) => pattern.test(name));
}

/** Agents of vendors among the dependencies. */
export const vendorPackage =
  /^(?:dd-trace|ddtrace|newrelic|elastic-apm(?:-node)?|applicationinsights|@sentry\/(?:node|nextjs|nestjs|bun|remix|sveltekit)|sentry-sdk|nestjs-otel|autotel|@newrelic\/.+|com\.datadoghq:dd-trace-api|Datadog\.Trace(?:\.Bundle)?|NewRelic\.Agent\.Api|Elastic\.Apm.*|gopkg\.in\/DataDog\/dd-trace-go\.v1|github\.com\/DataDog\/dd-trace-go\/v2|go\.elastic\.co\/apm.*|github\.com\/newrelic\/go-agent.*)$/;

/** Dependencies that are OpenTelemetry, or bring it. */
export const openTelemetryPackage =
  /opentelemetry|^@vercel\/otel$|^logfire$|^@pydantic\/logfire|^io\.micrometer:micrometer-tracing-bridge-otel$|^@splunk\/otel|^@grafana\/faro-web-tracing$|^@azure\/monitor-opentelemetry|^nestjs-otel$|^uptrace(?:-node)?$/i;
