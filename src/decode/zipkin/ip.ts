const digits = Buffer.alloc(15);

/** An address of 4 or 16 bytes in text, as RFC 5952 writes it. It may be overwritten by the next one. */
export function ipText(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return to - from === 4 ? ipv4Text(bytes, from) : Buffer.from(ipv6Text(bytes.subarray(from, to)));
}

function ipv4Text(bytes: Uint8Array, from: number): Uint8Array {
  let at = 0;
  for (let i = 0; i < 4; i++) {
    if (i > 0) digits[at++] = 0x2e;
    const byte = bytes[from + i];
    if (byte > 99) digits[at++] = 0x30 + Math.floor(byte / 100);
    if (byte > 9) digits[at++] = 0x30 + (Math.floor(byte / 10) % 10);
    digits[at++] = 0x30 + (byte % 10);
  }
  return digits.subarray(0, at);
}

function ipv6Text(bytes: Uint8Array): string {
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
