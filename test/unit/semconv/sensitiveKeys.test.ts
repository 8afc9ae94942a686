import assert from 'node:assert/strict';
import { knownKeys } from '../../../src/semconv/registry.ts';
import { sensitiveKey } from '../../../src/semconv/sensitive/keys.ts';
import { readSensitiveSettings } from '../../../src/semconv/sensitive/options.ts';

const sensitive: { readonly [level: string]: readonly string[] } = {
  error: [
    'password',
    'auth.password',
    'user_passwd',
    'db.pwd',
    'app.client-secret',
    'app.secret_key',
    'authHeader',
    'aws.secret_access_key',
    'APIKey',
    'apikey',
    'x-api-key',
    'X_API_KEY',
    'stripeApiKey',
    'http.request.header.authorization',
    'http.request.header.authorization.0',
    'http.response.header.set-cookie',
    'session.cookie.value',
    'accessToken',
    'oauth.refresh_token',
    'auth.token',
    'bearer',
    'user.jwt',
    'app.credentials',
    'new_password',
    'password_confirmation',
    'connectionString',
    'login.totp',
    'user.otp',
    'app.payment.card_number',
    'card.number',
    'creditCardNumber',
    'payment.credit_card',
    'cc_number',
    'card.cvv',
    'cvv2',
    'payment.pan',
    'customer.iban',
    'bank_account_number',
    'user.ssn',
    'socialSecurityNumber',
  ],
  warning: [
    'user.email',
    'email',
    'e-mail',
    'customerEmail',
    'email.address',
    'contact.email_to',
    'user.phone_number',
    'phone',
    'first_name',
    'lastName',
    'user.full_name',
    'shipping.street_address',
    'billing.postal_code',
    'customer.latitude',
    'date_of_birth',
    'passport_number',
    'patient_name',
    'patient.diagnosis',
    'device_token',
    'tax_id',
    'bank.routing_number',
  ],
  info: [
    'token',
    'app.token',
    'request.signature',
    'client_ip',
    'x-forwarded-for',
    'db.connection_string',
    'zip_code',
    'repo.full_name',
  ],
};

const harmless = [
  'gen_ai.request.max_tokens',
  'gen_ai.usage.input_tokens',
  'llm.token_count',
  'token.type',
  'tokens_used',
  'tokenizer',
  'next_page_tokens',
  'page_token',
  'progress_token',
  'nextToken',
  'phone_home',
  'csrf_protection.enabled',
  'auth.password_changed',
  'password_reset_requested',
  'reset_password',
  'forgotPassword',
  'is_password_valid',
  'has_email',
  'password.policy',
  'password.length',
  'aspnetcore.identity.password_check.result',
  'author',
  'authority',
  'authenticated',
  'auth.method',
  'public_key',
  'api_key.id',
  'api_key_id',
  'obfuscated_api_key',
  'access_token_type',
  'secondPassSelectAll',
  'bypass',
  'compass',
  'passenger.count',
  'monkey',
  'keyboard.layout',
  'primary_key',
  'partitionKey',
  'messaging.rabbitmq.destination.routing_key',
  'cache_key',
  'foreign_key',
  'feature_flag.key',
  'messaging.kafka.message.key',
  'pan',
  'map.pan',
  'pin',
  'mail.subject',
  'email.template',
  'email.provider',
  'email.domain',
  'emails_sent',
  'emails',
  'function_calls.first_name',
  'steps.last_name',
  'secret.key',
  'send_email',
  'phone.type',
  'name',
  'user.id',
  'enduser.id',
  'session.id',
  'customer_id',
  'user.hash',
  'user.email.hash',
  'user_email_hash',
  'card.last4',
  'card_number_last_four',
  'card_number.masked',
  'credit_card.brand',
  'k8s.secret.name',
  'secret.version',
  'jwt.issuer',
  'authorization.decision',
  'cookie.consent',
  'browser.mobile',
  'otp.version',
  'password.strength',
  '',
  '...',
];

describe('sensitive keys', () => {
  for (const [level, keys] of Object.entries(sensitive))
    it(`knows keys of level ${level}`, () => {
      const wrong = keys.filter(key => sensitiveKey(key)?.level !== level);
      assert.deepEqual(wrong, []);
    });

  it('leaves what only sounds so', () => {
    const wrong = harmless.filter(key => sensitiveKey(key) !== undefined);
    assert.deepEqual(wrong, []);
  });

  it('tells tier and word', () => {
    assert.deepEqual(sensitiveKey('app.payment.cardNumber'), {
      tier: 'financial',
      level: 'error',
      word: 'card_number',
    });
    assert.equal(sensitiveKey('customer.email')?.tier, 'contact');
    assert.equal(sensitiveKey('client_ip')?.tier, 'network');
  });

  it('warns of two keys of the semantic conventions only', () => {
    const warned = [...knownKeys()].filter(key => {
      const level = sensitiveKey(key)?.level;
      return level !== undefined && level !== 'info';
    });
    assert.deepEqual(warned.sort(), ['user.email', 'user.full_name']);
  });

  it('is quick on long keys', () => {
    assert.equal(sensitiveKey('aA'.repeat(1_000_000)), undefined);
    assert.equal(sensitiveKey('password.'.repeat(100_000)), undefined);
  });
});

describe('sensitive keys of the user', () => {
  const { keys } = readSensitiveSettings({
    keys: { extra: ['badge_number', 'acme.*.pin'], ignore: ['email', 'legacy.*'] },
  });

  it('adds segments and globs', () => {
    assert.deepEqual(sensitiveKey('employee.badgeNumber', keys), {
      tier: 'custom',
      level: 'warning',
      word: 'badge_number',
    });
    assert.equal(sensitiveKey('acme.door.pin', keys)?.word, 'acme.*.pin');
    assert.equal(sensitiveKey('acme.pin', keys), undefined);
  });

  it('ignores what is said to be harmless', () => {
    assert.equal(sensitiveKey('user.email', keys), undefined);
    assert.equal(sensitiveKey('legacy.password', keys), undefined);
    assert.equal(sensitiveKey('user.password', keys)?.level, 'error');
  });
});
