import { DecodeError } from './protobuf/decodeError.ts';

/** More than eight times what senders send at once. Empty spans take two bytes, and become objects of hundreds. */
const mostSpans = 1 << 18;

/** Throws a `DecodeError` if a request holds so many spans that no sender can mean it. */
export function checkSpans(count: number): void {
  if (count > mostSpans) throw new DecodeError(`more than ${mostSpans} spans in one request`, -1);
}
