import type { SensitiveTier } from '../../semconv/sensitive/keys.ts';
import {
  readSensitiveSettings,
  type SensitiveOptions,
  type SensitiveSettings,
} from '../../semconv/sensitive/options.ts';
import type { AttributeSink } from '../facts/attributes/attributes.ts';
import type { RuleOptions } from './rule.ts';

/** What rules about sensitive data call things in their messages. */

export const dataOf: { readonly [tier in SensitiveTier | 'carrier']: string } = {
  credential: 'a credential',
  ambiguous: 'what may be a credential',
  financial: 'payment data',
  identity: 'identity data',
  contact: 'personal data',
  network: 'an address of a device',
  health: 'health data',
  custom: 'what the settings call sensitive',
  carrier: 'all of',
};

export const placeOf: { readonly [sink in AttributeSink]: string } = {
  span: 'a span attribute',
  event: 'a span event',
  link: 'a span link',
  startOptions: 'a span attribute',
  resource: 'a resource attribute',
  baggage: 'baggage',
  log: 'a log record',
  metric: 'a metric attribute',
  status: 'a span status',
  name: 'a span name',
  unknown: 'an attribute',
};

const compiled = new WeakMap<object, SensitiveOptions>();

/** The user's words and patterns; compiled once for each settings object. */
export function sensitiveOptions({ sensitive }: RuleOptions): SensitiveOptions | undefined {
  if (typeof sensitive !== 'object' || sensitive === null) return undefined;
  let options = compiled.get(sensitive);
  if (options === undefined) {
    options = readSensitiveSettings(sensitive as SensitiveSettings);
    compiled.set(sensitive, options);
  }
  return options;
}
