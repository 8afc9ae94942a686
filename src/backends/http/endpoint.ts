import type { BackendTarget } from '../../model/backend.ts';
import { BackendError } from './backendError.ts';

const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const headerValue = /^[\t\x20-\x7e]*$/;
/** They belong to the request itself. */
const ownHeaders =
  /^(?:host|content-(?:type|length|encoding)|accept(?:-encoding)?|connection|te|transfer-encoding|upgrade|expect)$/i;

/** The URL of a target, without a slash at its end. Throws a `BackendError` if the target cannot be used. */
export function endpointOf({ url: text, headers = {}, proxy }: BackendTarget): URL {
  const url = parse(text, 'backend');
  if (url.search !== '' || url.hash !== '')
    throw new BackendError('badTarget', 'the URL of a backend ends with its path');
  if (proxy !== undefined) parse(proxy, 'proxy');
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name) || ownHeaders.test(name))
      throw new BackendError('badTarget', `${JSON.stringify(name.slice(0, 60))} cannot be a header`);
    if (!headerValue.test(value))
      throw new BackendError('badTarget', `the value of the header ${name} is not plain text`);
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

function parse(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new BackendError(
      'badTarget',
      `${JSON.stringify(withoutSecrets(text))} is no URL of a ${what} (http://… or https://…)`,
    );
  if (what === 'backend' && (url.username !== '' || url.password !== ''))
    throw new BackendError('badTarget', 'user and password do not belong into the URL: give a token');
  return url;
}

function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//•••@').slice(0, 200);
}
