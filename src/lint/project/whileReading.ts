import { kindOf } from './fileClass.ts';
import type { FileClass, Project, Service } from './types.ts';

/** What is not known before all files are read is taken to be there: nothing is judged yet. */
const anyService: Service = {
  root: '',
  names: [],
  usesOpenTelemetry: true,
  setsUpSdk: true,
  autoInstrumented: 'no',
  preloads: false,
  instrumentedBySpring: false,
  covers: () => 'no',
  instrumentations: new Map(),
  instruments: () => false,
  setsPropagator: true,
  injects: true,
  injectsForOthers: true,
  resourceKeys: new Map(),
  environment: new Map(),
  addresses: new Map(),
  asks: new Set(),
  dependencies: new Map(),
  languages: new Set(),
  role: 'program',
  runIn: [],
  isPublished: false,
};

/** A project as the first pass over its files sees it: functions and values so far, and no services, which need all files. */
export function whileReading(project: Project): Project {
  return {
    get generation() {
      return project.generation;
    },
    services: [],
    hasOwnTracers: () => true,
    hasOwnSpans: () => true,
    takesSpans: () => true,
    releases: () => true,
    startsSpans: () => false,
    mayStartSpans: () => false,
    isSetUp: () => true,
    collectorVersion: () => undefined,
    packageImports: () => false,
    isImported: () => undefined,
    isWithinSpans: () => true,
    serversBeside: () => [],
    ownerOfHost: () => undefined,
    does: () => true,
    serviceOf: () => anyService,
    fileClass: (path): FileClass => ({
      kind: kindOf(path, undefined),
      instrumentationLibrary: false,
      side: 'unknown',
    }),
    summary: path => project.summary(path),
    functionOf: (from, module, name) => project.functionOf(from, module, name),
    valueOf: (from, module, name) => project.valueOf(from, module, name),
  };
}
