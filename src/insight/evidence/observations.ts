import { AttributeKeys } from './attributeKeys.ts';
import { Boundaries } from './boundaries.ts';
import { Bursts } from './bursts.ts';
import { ClockSkews } from './clockSkews.ts';
import { ErrorMismatches } from './errors.ts';
import { InactiveSpans } from './inactiveSpans.ts';
import { MissingParents } from './missingParents.ts';
import type { ObservedSpan } from './observedSpan.ts';
import type { ObservedTrace } from './observer.ts';
import { Processes } from './resources.ts';
import { ClientRoots } from './roots.ts';
import { SeenSpans } from './seenSpans.ts';
import { SensitiveValues } from './sensitive.ts';

/** What some traces show, of every kind. */
export class Observations {
  traces = 0;
  spans = 0;
  readonly seenSpans = new SeenSpans();
  readonly attributeKeys = new AttributeKeys();
  readonly boundaries = new Boundaries();
  readonly sensitive = new SensitiveValues();
  readonly missingParents = new MissingParents();
  readonly bursts = new Bursts();
  readonly processes = new Processes();
  readonly errors = new ErrorMismatches();
  readonly clientRoots = new ClientRoots();
  readonly clockSkews = new ClockSkews();
  readonly inactiveSpans = new InactiveSpans();

  span(span: ObservedSpan): void {
    this.spans++;
    this.seenSpans.span(span);
    this.attributeKeys.span(span);
    this.boundaries.span(span);
    this.sensitive.span(span);
    this.missingParents.span(span);
    this.bursts.span(span);
    this.processes.span(span);
    this.errors.span(span);
    this.clientRoots.span(span);
    this.clockSkews.span(span);
    this.inactiveSpans.span(span);
  }

  endOfTrace(trace: ObservedTrace): void {
    this.traces++;
    this.boundaries.endOfTrace(trace);
    this.missingParents.endOfTrace(trace);
    this.bursts.endOfTrace(trace);
    this.inactiveSpans.endOfTrace();
  }

  merge(other: Observations): void {
    this.traces += other.traces;
    this.spans += other.spans;
    this.seenSpans.merge(other.seenSpans);
    this.attributeKeys.merge(other.attributeKeys);
    this.boundaries.merge(other.boundaries);
    this.sensitive.merge(other.sensitive);
    this.missingParents.merge(other.missingParents);
    this.bursts.merge(other.bursts);
    this.processes.merge(other.processes);
    this.errors.merge(other.errors);
    this.clientRoots.merge(other.clientRoots);
    this.clockSkews.merge(other.clockSkews);
    this.inactiveSpans.merge(other.inactiveSpans);
  }
}
