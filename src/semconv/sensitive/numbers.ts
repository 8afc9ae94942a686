/** Numbers that carry their own proof. */

/** Beginnings and lengths that issuers use: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro. */
const issuers =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6\d)\d{10,17})$/;

/** Published by card networks and payment services for tests. */
const testCards: ReadonlySet<string> = new Set(
  (
    '4242424242424242 4111111111111111 4000056655665556 4012888888881881 4222222222222 5555555555554444 5105105105105100 ' +
    '5200828282828210 2223003122003222 378282246310005 371449635398431 6011111111111117 6011000990139424 3530111333300000 ' +
    '3566002020360505 3056930009020004 30569309025904 38520000023237 4000000000000002 4000000000003220 6200000000000005'
  ).split(' '),
);

/**
 * Whether digits are a card number that an issuer can have given out (ISO/IEC 7812: issuer and Luhn digit).
 * @returns `test` for one that is published for tests
 */
export function cardNumber(digits: string): 'real' | 'test' | undefined {
  if (testCards.has(digits)) return 'test';
  return issuers.test(digits) && !/^(\d)\1+$/.test(digits) && hasLuhnDigit(digits) ? 'real' : undefined;
}

function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const weighed = place % 2 === 1 ? 2 * digit : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

/** Lengths by country: SWIFT's IBAN registry. */
const ibanLengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 ' +
    'FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 ' +
    'LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ' +
    'ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map(entry => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Length of an IBAN of that country; undefined for a country without. */
export function ibanLength(country: string): number | undefined {
  return ibanLengths.get(country);
}

/** Whether the check digits are right (ISO 13616, ISO 7064 mod 97). @param compact letters in upper case, no spaces */
export function hasIbanDigits(compact: string): boolean {
  let remainder = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** Printed in brochures and documentation. */
const documentedNumbers = new Set(['123456789', '078051120', '219099999', '111111111', '987654321']);

/** United States: no area 000, 666 or 9xx, no group 00, no serial 0000. @param digits nine */
export function isSocialSecurityNumber(digits: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) && !documentedNumbers.has(digits);
}

/** Shannon's entropy, bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Whether an IPv4 address belongs to somebody in the internet: not private, link-local, documentation, multicast… (RFC 6890). */
export function isPublicIpv4(address: string): boolean {
  return (
    address.split('.').every(part => Number(part) <= 255) &&
    !/^(?:0|10|127|22[4-9]|23\d|24\d|25\d)\.|^(?:169\.254|192\.168|192\.0\.[02]|198\.1[89]|198\.51\.100|203\.0\.113|192\.88\.99)\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(
      address,
    )
  );
}

/** Global unicast (2000::/3), without documentation ranges. */
export function isPublicIpv6(address: string): boolean {
  return /^[23][0-9a-f]{3}:/i.test(address) && !/^(?:2001:0?db8|3fff):/i.test(address);
}
