import type { ResourceProblem } from '../../model/evidence.ts';
import type { ObservedSpan } from './observedSpan.ts';
import type { Observer } from './observer.ts';
import type { ResourceFacts } from './resourceFacts.ts';
import { type Sightings, Tally } from './tally.ts';

interface Process {
  readonly resource: ResourceFacts;
  /** When it was seen to run, nanoseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

export interface Gap {
  readonly problem: ResourceProblem;
  readonly detail?: string;
  readonly process: Sightings<Process>;
}

/** The semantic conventions say `critical`, the Instrumentation Score `mission_critical`. */
const criticalities = ['critical', 'mission_critical', 'high', 'medium', 'low'];

/** E7: processes, and what their resources lack. */
export class Processes implements Observer<Processes> {
  readonly #tally = new Tally<Process>({
    items: 1000,
    combine: (mine, other) => ({
      resource: mine.resource,
      from: Math.min(mine.from, other.from),
      to: Math.max(mine.to, other.to),
    }),
  });

  span(span: ObservedSpan): void {
    const { resource } = span.group;
    this.#tally.add(resource.key, span, () => ({ resource, from: span.start || Infinity, to: span.end }));
  }

  merge(other: Processes): void {
    this.#tally.merge(other.#tally);
  }

  list(): Sightings<Process>[] {
    return this.#tally.list();
  }

  gaps(): Gap[] {
    const processes = this.list();
    return [
      ...processes.flatMap(process => lacking(process)),
      ...shared(processes, 'several names for one process', ({ hostName, processId, givenName }) =>
        hostName === undefined || processId === undefined || givenName === undefined
          ? undefined
          : { what: `${hostName}\n${processId}`, differs: givenName },
      ),
      ...shared(
        processes,
        'service.instance.id used twice',
        ({ serviceName, instanceId, hostName, processId }) =>
          instanceId === undefined || processId === undefined
            ? undefined
            : {
                what: `${serviceName}\n${instanceId}`,
                differs: `${hostName} ${processId}`,
                shown: instanceId,
              },
      ),
    ];
  }
}

function lacking(process: Sightings<Process>): Gap[] {
  const { givenName, version, environment, criticality } = process.facts.resource;
  const gaps: Gap[] = [];
  if (givenName === undefined || givenName.startsWith('unknown_service'))
    gaps.push({ problem: 'no service.name', process });
  if (version === undefined) gaps.push({ problem: 'no service.version', process });
  if (environment === undefined) gaps.push({ problem: 'no deployment.environment.name', process });
  if (criticality !== undefined && !criticalities.includes(criticality))
    gaps.push({ problem: 'service.criticality invalid', detail: criticality.slice(0, 40), process });
  return gaps;
}

/** Processes that ran at the same time, have `what` in common, and differ: told once each `what`. */
function shared(
  processes: readonly Sightings<Process>[],
  problem: ResourceProblem,
  identity: (resource: ResourceFacts) => { what: string; differs: string; shown?: string } | undefined,
): Gap[] {
  const first = new Map<string, { process: Sightings<Process>; differs: string }>();
  const told = new Set<string>();
  const gaps: Gap[] = [];
  for (const process of processes) {
    const { resource, from, to } = process.facts;
    const found = identity(resource);
    if (found === undefined || told.has(found.what)) continue;
    const other = first.get(found.what);
    if (other === undefined) {
      first.set(found.what, { process, differs: found.differs });
    } else if (
      other.differs !== found.differs &&
      other.process.facts.from <= to &&
      from <= other.process.facts.to
    ) {
      told.add(found.what);
      gaps.push({ problem, detail: found.shown ?? other.differs, process });
    }
  }
  return gaps;
}
