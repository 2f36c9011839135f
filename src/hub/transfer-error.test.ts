import { expect, test } from 'vitest';
import { parseRetryAfter, transferErrorFrom } from './transfer-error.ts';

test.each([
  ['120', 120],
  ['Wed, 21 Oct 2026 07:28:30 GMT', 30],
  ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
  ['soon', undefined],
  [null, undefined],
])('Retry-After %s means %s seconds', (value, seconds) => {
  expect(parseRetryAfter(value, Date.parse('2026-10-21T07:28:00Z'))).toBe(seconds);
});

function fetchFailed(code: string, message: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
}

test('a host that cannot be found is unreachable, and said by its own message', () => {
  const error = transferErrorFrom(fetchFailed('ENOTFOUND', 'getaddrinfo ENOTFOUND hub.example'));
  expect(error).toMatchObject({ message: 'getaddrinfo ENOTFOUND hub.example', unreachable: true, retryable: true });
});

test('a host of which no address answers is unreachable', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED ::1:80'), { code: 'ECONNREFUSED' });
  const error = transferErrorFrom(new TypeError('fetch failed', { cause: new AggregateError([refused, refused]) }));
  expect(error).toMatchObject({ message: 'connect ECONNREFUSED ::1:80', unreachable: true });
});

test('a certificate that is not trusted is not tried again', () => {
  const error = transferErrorFrom(fetchFailed('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate'));
  expect(error.retryable).toBe(false);
  expect(error.remedy).toContain('NODE_EXTRA_CA_CERTS');
});
