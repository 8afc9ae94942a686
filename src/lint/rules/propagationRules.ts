import type { Rule } from './rule.ts';
import { httpNoPropagation } from './spl101-http-no-propagation.ts';
import { messagingNoPropagation } from './spl102-messaging-no-propagation.ts';
import { messagingNoExtract } from './spl103-messaging-no-extract.ts';
import { grpcNoPropagation } from './spl104-grpc-no-propagation.ts';
import { handmadeTraceparent } from './spl105-handmade-traceparent.ts';
import { handmadePropagator } from './spl106-handmade-propagator.ts';
import { contextDropped } from './spl107-context-dropped.ts';
import { noGlobalPropagator } from './spl108-no-global-propagator.ts';
import { spanNotActivated } from './spl109-span-not-activated.ts';
import { instrumentationLoadedLate } from './spl110-instrumentation-loaded-late.ts';
import { propagationToThirdParty } from './spl111-propagation-to-third-party.ts';
import { injectedCarrierUnused } from './spl112-injected-carrier-unused.ts';

/** SPL1xx */
export const propagationRules: readonly Rule[] = [
  httpNoPropagation,
  messagingNoPropagation,
  messagingNoExtract,
  grpcNoPropagation,
  handmadeTraceparent,
  handmadePropagator,
  contextDropped,
  noGlobalPropagator,
  spanNotActivated,
  instrumentationLoadedLate,
  propagationToThirdParty,
  injectedCarrierUnused,
];
