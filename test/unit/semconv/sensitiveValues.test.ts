import assert from 'node:assert/strict';
import { readSensitiveSettings } from '../../../src/semconv/sensitive/options.ts';
import { boundedPattern } from '../../../src/semconv/sensitive/patterns.ts';
import { maskSensitive, previewOf, sensitiveValues } from '../../../src/semconv/sensitive/values.ts';

/** Put together so that no scanner takes the test for a leak. */
const made = (...parts: string[]) => parts.join('');
const base64url = (text: string) => Buffer.from(text).toString('base64url');

const jwt = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url('{"sub":"4711","name":"Ada"}')}.c2lnbmF0dXJlLW9mLXRoaXM`;
const privateKey = made(
  '-----BEGIN RSA PRIV',
  'ATE KEY-----\n',
  'MIIEowIBAAKCAQEAx7'.repeat(8),
  '\n-----END RSA PRIV',
  'ATE KEY-----',
);

const found: readonly (readonly [detector: string, level: string, text: string, key?: string])[] = [
  ['email', 'warning', 'ada.lovelace@analytical.engine.org'],
  ['email', 'warning', 'sent to <ada+test@corp.io>, then failed'],
  ['email', 'warning', 'mailto:ada@mathematics.uk'],
  ['email', 'warning', 'https://api.shop.io/users/ada@mathematics.uk/orders'],
  ['jwt', 'error', jwt],
  ['jwt', 'error', `Authorization: Bearer ${jwt}`],
  ['bearer-token', 'error', 'Bearer q7Zk3mWp9RtL2xVb8NcY'],
  ['basic-credentials', 'error', `Basic ${Buffer.from('ada:en1gma-machine').toString('base64')}`],
  ['aws-access-key', 'error', made('AKI', 'AQ3EGRIZ5GJYHTN6C')],
  ['private-key', 'error', privateKey],
  ['private-key', 'error', privateKey.replaceAll('\n', '\\n')],
  ['vendor-token', 'error', made('gh', 'p_', 'a8Gk2LmP0qRsT5vWxYz3BcDeF7hJkM1nQ9uE')],
  ['vendor-token', 'error', made('sk_', 'live_', '4eC39HqLyjWDarjtT1zdp7dc')],
  ['vendor-token', 'warning', made('sk_', 'test_', '4eC39HqLyjWDarjtT1zdp7dc')],
  ['vendor-token', 'error', made('xox', 'b-2401671-8912345-Qw8eRt5yUi2oPa')],
  ['vendor-token', 'error', made('AI', 'zaSyD8kL2mN4pQ6rS8tU0vW1xY3zA5bC7dEfG')],
  [
    'vendor-token',
    'error',
    made('https://hooks.sl', 'ack.com/services/T02ABCDEF/B03GHIJKL/m8Kd92LsPq17RtVx'),
  ],
  ['url-password', 'error', 'postgres://cart:s3cr3tPa55@db.prod.io:5432/cart'],
  ['url-password', 'error', 'amqp://mq:q7Zk3mWp9@rabbit:5672'],
  ['credit-card', 'error', '4539 1488 0343 6467'],
  ['credit-card', 'error', '5425-2334-3010-9903'],
  ['credit-card', 'error', '4539148803436467', 'payment.card_number'],
  ['credit-card', 'info', '4539148803436467'],
  ['credit-card', 'info', '4242 4242 4242 4242'],
  ['iban', 'error', 'DE89370400440532013000'],
  ['iban', 'error', 'pay to GB29 NWBK 6016 1331 9268 19 today'],
  ['us-ssn', 'warning', '536-22-8726'],
  ['us-ssn', 'error', '536228726', 'user.ssn'],
  ['phone', 'info', '+49 30 901820'],
  ['phone', 'warning', '(030) 901-8201', 'customer.phone'],
  ['secret-pair', 'warning', 'https://shop.io/login?user=ada&password=en1gma7'],
  ['secret-pair', 'warning', '{"api_key": "q7Zk3mWp9RtL"}'],
  ['secret-pair', 'warning', 'Server=db;User=sa;Password=en1gma!7;'],
  ['random-secret', 'warning', 'q7Zk3mWp9RtL2xVb8NcYq1', 'app.api_key'],
];

const harmless: readonly (readonly [text: string, key?: string])[] = [
  ['4bf92f3577b34da6a3ce929d0e0e4736'],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
  ['0b0b6e9a-5cbe-4b0a-8f3f-2b3f6b1b8a53'],
  ['2026-11-21T06:08:00.123Z'],
  ['1763705280123456789'],
  ['4539148803436467', 'order.id'],
  ['4539148803436467', 'message_id'],
  ['1763705280123', 'timestamp'],
  ['sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.6723.58 Safari/537.36',
  ],
  ['git@github.com:acme/cart.git'],
  ['ssh://git@github.com/acme/cart.git'],
  ['lodash@4.17.21'],
  ['@opentelemetry/api@1.9.0'],
  ['logo@2x.png'],
  ['ada@example.com'],
  ['cart@cart.prod.svc.cluster.local'],
  ['noreply@shop.io'],
  ['postgres://postgres:postgres@localhost:5432/cart'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the shell
  ['postgres://cart:${DB_PASSWORD}@db:5432/cart'],
  ['postgres://cart:***@db:5432/cart'],
  ['Bearer <token>'],
  ['Bearer error="invalid_token"'],
  ['Basic auth is required'],
  ['basic authentication'],
  [made('AKI', 'AIOSFODNN7EXAMPLE')],
  ['1111 1111 1111 1111'],
  ['1234567890123456'],
  ['DE89370400440532013001'],
  ['123-45-6789'],
  ['000-12-3456'],
  ['SELECT * FROM users WHERE password = ? AND token = $1'],
  ['password: incorrect'],
  ['invalid token: expected string'],
  ['password=***'],
  ['token=[REDACTED]'],
  ['max_tokens=4096'],
  ['GET /api/products/0PUK6V6EV0'],
  ['arn:aws:sqs:eu-central-1:123456789012:orders'],
  ['8.8.8.8'],
  ['v1.2.3.4'],
  ['', 'user.email'],
  ['ok', 'password'],
];

describe('sensitive values', () => {
  for (const [detector, level, text, key] of found)
    it(`finds ${detector} in ${previewOf(text)}${key === undefined ? '' : ` of ${key}`}`, () => {
      const values = sensitiveValues(text, key);
      assert.deepEqual(
        values.map(value => `${value.detector} ${value.level}`),
        [`${detector} ${level}`],
      );
    });

  it('leaves ids, times, names and placeholders alone', () => {
    const wrong = harmless.flatMap(([text, key]) =>
      sensitiveValues(text, key).map(({ detector }) => `${detector}: ${text}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('shows no more of a value than its ends and its length', () => {
    for (const [, , text, key] of found)
      for (const { preview } of sensitiveValues(text, key))
        assert.match(preview, /^(?:.…., \d+ characters|\d+ characters)$/su);
  });

  it('masks every place of a text', () => {
    assert.equal(maskSensitive('from ada@mathematics.uk to charles@analytical.org'), 'from ••• to •••');
    assert.equal(maskSensitive(`Authorization: Bearer ${jwt}`), 'Authorization: Bearer •••');
    assert.equal(
      maskSensitive('postgres://cart:s3cr3tPa55@db.prod.io/cart'),
      'postgres://cart:•••@db.prod.io/cart',
    );
    const many = 'ada@mathematics.uk '.repeat(5_000);
    assert.equal(maskSensitive(many), '••• '.repeat(5_000));
    assert.equal(maskSensitive('GET /cart'), 'GET /cart');
  });

  it('is sure of none among random ids', () => {
    let state = 42;
    const next = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state;
    };
    let hits = 0;
    for (let index = 0; index < 20_000; index++) {
      const id = next().toString(16).padStart(8, '0') + next().toString(16).padStart(8, '0');
      hits += sensitiveValues(id).filter(({ level }) => level !== 'info').length;
    }
    assert.equal(hits, 0);
  });

  it('reads hostile texts in linear time', () => {
    const size = 65_536;
    const texts = [
      'a@'.repeat(size / 2),
      `${'a'.repeat(size - 10)}@b.co`,
      'a.'.repeat(size / 2),
      '1 '.repeat(size / 2),
      '1'.repeat(size),
      '1-'.repeat(size / 2),
      `eyJ${'a'.repeat(size)}`,
      'eyJ.'.repeat(size / 4),
      'Bearer '.repeat(size / 7),
      '://a:b'.repeat(size / 6),
      'password='.repeat(size / 9),
      `${'password'.repeat(size / 16)}=`,
      '-----BEGIN PRIVATE KEY-----'.repeat(size / 27),
      'DE89 '.repeat(size / 5),
      '+1 '.repeat(size / 3),
      'sk-'.repeat(size / 3),
      `token: ${'a'.repeat(size)}`,
    ];
    // A quadratic pattern takes minutes here, and runs into the time limit.
    const certain = texts
      .flatMap(text => sensitiveValues(text, 'note'))
      .filter(({ level }) => level === 'error');
    assert.deepEqual(certain, []);
  });
});

describe('sensitive values of the user', () => {
  it('adds patterns, allows values and turns detectors on and off', () => {
    const options = readSensitiveSettings({
      values: {
        extra: [{ name: 'badge', pattern: 'ACME-\\d{6}', level: 'error' }],
        allow: ['@acme\\.io$'],
        detectors: { phone: false, 'public-ip': true },
      },
    });
    const shown = (text: string) => sensitiveValues(text, '', options).map(({ detector }) => detector);
    assert.deepEqual(shown('badge ACME-123456'), ['badge']);
    assert.deepEqual(shown('support@acme.io'), []);
    assert.deepEqual(shown('ada@mathematics.uk'), ['email']);
    assert.deepEqual(shown('+49 30 901820'), []);
    assert.deepEqual(shown('from 8.8.8.8 and 2001:4860:4860::8888'), ['public-ip']);
    assert.deepEqual(shown('from 10.0.0.1, 192.168.1.1, 2001:db8::1'), []);
  });

  it('says which patterns it leaves out', () => {
    const { patterns, problems } = readSensitiveSettings({
      values: {
        extra: [
          { name: 'broken', pattern: '(' },
          { name: 'slow', pattern: '(a+)+$' },
          { name: 'back', pattern: '(a)\\1' },
          { name: 'fine', pattern: 'acct_[a-z0-9]+' },
        ],
      },
    });
    assert.deepEqual(
      patterns.map(({ name }) => name),
      ['fine'],
    );
    assert.equal(problems.length, 3);
  });

  it('bounds what a pattern repeats', () => {
    assert.equal(String(boundedPattern('a+b*?')), '/a{1,65}b{0,64}?/gu');
    assert.equal(String(boundedPattern('c{2,}[+*]\\*(?:x|y){2}')), '/c{2,66}[+*]\\*(?:x|y){2,2}/gu');
    for (const slow of [
      '(a*)*',
      '(?:a|aa)+$',
      '.*.*.*x',
      '(?=(a+)+)',
      '((((((((((((((((((a))))))))))))))))))',
    ])
      assert.equal(typeof boundedPattern(slow), 'string', slow);
    for (const fine of ['\\bcust_[0-9a-f]+\\b', '^ACME(?:-\\d{4}){2}$', 'foo.*bar', '(?<!x)\\d{3,5}'])
      assert.ok(boundedPattern(fine) instanceof RegExp, fine);
  });
});
