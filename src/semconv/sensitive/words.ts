/** What a key that holds sensitive data is called, and what such a word must stand beside. */

export type SensitiveTier =
  | 'credential'
  | 'ambiguous'
  | 'financial'
  | 'identity'
  | 'contact'
  | 'network'
  | 'health'
  /** From the user's own list. */
  | 'custom';
export type SensitiveLevel = 'error' | 'warning' | 'info';

export interface SensitiveWord {
  readonly tier: SensitiveTier;
  readonly level: SensitiveLevel;
  /** Words of which one must be in the key as well; without one it is `weak`. */
  readonly context?: ReadonlySet<string>;
  /** Words right before it that make it something else. */
  readonly unlessAfter?: ReadonlySet<string>;
  /** Words right before it that make it an organisation's: an info. */
  readonly infoAfter?: ReadonlySet<string>;
  /** Its segments stand in one part of a dotted key. */
  readonly undotted?: boolean;
  /** The level without context; absent: nothing is said then. */
  readonly weak?: SensitiveLevel;
}

const people = set(
  'user users customer customers person patient employee contact recipient sender author member guest passenger ' +
    'driver profile cardholder holder billing shipping delivery home client subscriber student applicant buyer payer',
);
const organisations = set(
  'company business organization organisation org merchant vendor store shop restaurant hotel venue branch office clinic hospital ' +
    'support team service system bot sales noreply smtp',
);
const logins = set('user login auth mfa code sms verify');
const pins = set('login auth mfa card payment sim device door unlock verify');
const cards = set('card cards payment payments credit debit billing');
const banks = set('bank banking iban payment payments payout direct debit ach');
/** Places in a list, pieces of a text, coins. */
const otherTokens = set(
  'progress page next prev previous continuation cursor pagination paging sync cancellation cancel resume resumption idempotency fencing lock lease ' +
    'delivery message prompt completion input output first last stop start end eos bos special unk pad lexer parser syntax text word ' +
    'design search base quote reward native fee gas erc20 nft swap from to',
);
/** Of several of these, the first or the last: `tool_calls.first_name`. */
const listed = set(
  'call calls tool tools function functions step steps item items file files field fields node nodes model models agent agents ' +
    'event events job jobs task tasks column columns table tables service services product products error errors match matches',
);
const medicine = set('patient medical clinical hospital icd');

/** Segments of keys, joined by `_`, with what they say. */
export const words: ReadonlyMap<string, SensitiveWord> = new Map([
  ...entries(
    'password passwd passphrase passcode pwd user_pass secret client_secret api_key apikey access_key ' +
      'access_key_secret secret_access_key private_key signing_key encryption_key authorization auth_header ' +
      'proxy_authorization bearer credential credentials jwt csrf xsrf cookie cookies set_cookie connection_string ' +
      'mysql_pwd pgpassword otp_code one_time_password totp totp_secret mfa_code two_factor_code 2fa_code recovery_code ' +
      'backup_code security_code security_answer webhook_secret client_assertion id_token_hint',
    { tier: 'credential', level: 'error' },
  ),
  ...entries(
    'access refresh id auth session bearer api bot reset verification oauth oauth2 csrf xsrf jwt security secret ' +
      'github gitlab slack personal private login authentication authorization admin registration password ' +
      'magic_link invite service_account vault consul sas saml sso',
    { tier: 'credential', level: 'error' },
    '_token',
  ),
  // Of the conventions, to be written without the password.
  ...entries('db_connection_string', { tier: 'credential', level: 'info' }),
  // `secret.key` is the name of a secret.
  ...entries('secret_key', { tier: 'credential', level: 'error', undotted: true }),
  // In India, the number of a district for the post.
  ...entries('pin_code', {
    tier: 'credential',
    level: 'error',
    context: pins,
    weak: 'info',
  }),
  // What AWS calls a token so that a request may be repeated.
  ...entries('client_token', { tier: 'ambiguous', level: 'info' }),
  ...entries('otp', {
    tier: 'credential',
    level: 'error',
    context: logins,
    weak: 'info',
  }),
  ...entries('device push fcm apns registration user', { tier: 'credential', level: 'warning' }, '_token'),
  ...entries('token', { tier: 'ambiguous', level: 'info', unlessAfter: otherTokens }),
  ...entries('auth sid signature sig oauth_state auth_code authorization_code', {
    tier: 'ambiguous',
    level: 'info',
  }),
  ...entries(
    'card_number credit_card credit_card_number creditcard creditcard_number debit_card debit_card_number cc_number ' +
      'card_num card_no cvv cvc cvv2 cvc2 card_cvv card_cvc card_security_code iban bank_account_number bank_account',
    { tier: 'financial', level: 'error' },
  ),
  ...entries('pan', { tier: 'financial', level: 'error', context: cards }),
  ...entries('account_number account_no routing_number sort_code', {
    tier: 'financial',
    level: 'warning',
    context: banks,
    weak: 'info',
  }),
  ...entries('tax_id taxpayer_id tax_number', { tier: 'financial', level: 'warning' }),
  ...entries('ssn social_security social_security_number', { tier: 'identity', level: 'error' }),
  ...entries(
    'national_id national_insurance passport passport_number passport_no drivers_license driver_license driving_licence ' +
      'driving_license date_of_birth birth_date birthdate birthday dob mother_maiden mother_maiden_name mothers_maiden_name',
    { tier: 'identity', level: 'warning' },
  ),
  ...entries(
    'email e_mail mail_address email_address phone phone_number telephone telephone_number street_address postal_address mailing_address',
    { tier: 'contact', level: 'warning', infoAfter: organisations },
  ),
  ...entries(
    'email_recipient email_sender mobile_number mobile_phone msisdn firstname lastname surname given_name family_name middle_name ' +
      'home_address billing_address shipping_address delivery_address',
    { tier: 'contact', level: 'warning' },
  ),
  ...entries('first_name last_name', { tier: 'contact', level: 'warning', unlessAfter: listed }),
  ...entries('full_name fullname real_name street postal_code zip_code zipcode postcode latitude longitude', {
    tier: 'contact',
    level: 'warning',
    context: people,
    weak: 'info',
  }),
  ...entries(
    'ip_address client_ip remote_addr remote_ip x_forwarded_for x_real_ip cf_connecting_ip mac_address device_id',
    { tier: 'network', level: 'info' },
  ),
  ...entries('patient_id', { tier: 'health', level: 'info' }),
  ...entries('patient_name insurance_id medical_record medical_record_number mrn', {
    tier: 'health',
    level: 'warning',
  }),
  ...entries('diagnosis diagnoses', { tier: 'health', level: 'warning', context: medicine }),
]);

/** What may follow a word without changing what it is: `email.address`, `header.authorization.0`, `password_confirmation`. */
export const neutral: ReadonlySet<string> = set(
  'value values raw plain plaintext clear cleartext text string header headers address addr number no full original current old new previous ' +
    'input data to from confirm confirmation repeat 0 1 2',
);

/** Right before a word: what is meant is a fact about it, or an operation on it. */
export const distancing: ReadonlySet<string> = set(
  'is has had have needs no not non num count counts total max min average avg public obfuscated masked hashed hash encrypted redacted ' +
    'sanitized anonymized tokenized truncated with without missing invalid valid include includes use uses using used enable enabled ' +
    'disable disabled allow allows require requires required reset forgot forgotten change changed changing update updated verify ' +
    'verified validate check rotate send sent sending bounce feature show hide skip ignore missing_or can should supports must per',
);

/** Anywhere in the key: whatever else it names, it is no plain value. */
export const defusing: ReadonlySet<string> = set(
  'hash hashed sha256 sha1 sha512 hmac md5 masked redacted obfuscated encrypted fingerprint last4 last_four tokenized anonymized',
);

function set(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

function entries(list: string, word: SensitiveWord, suffix = ''): [string, SensitiveWord][] {
  return list.split(' ').map(name => [name + suffix, word]);
}
