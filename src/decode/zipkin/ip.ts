/** An address of 4 or 16 bytes in text, as RFC 5952 writes it; '' for another length, and for that of nobody. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.every(byte => byte === 0)) return '';
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return '';
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at] << 8) | bytes[2 * at + 1]).toString(16),
  );
  // The first of the longest runs of zeros, if it is longer than one.
  let [from, length] = [0, 0];
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (groups[end] === '0') end++;
    if (end - at > length) [from, length] = [at, end - at];
  }
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
}
