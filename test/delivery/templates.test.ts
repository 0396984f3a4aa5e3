import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChannelKind, Message, MessageTopic } from '../../src/core/message/index.ts';
import { render } from '../../src/delivery/templates/index.ts';
import { validFor } from '../../src/delivery/templates/valid-for.ts';

const TOPICS: readonly MessageTopic[] = [
  'sign_up',
  'sign_in',
  'password_recovery',
  'email_change',
  'email_change_notice',
  'account_exists',
  'password_sign_in_off',
  'test',
  'totp_sign_in_off',
];
const NOW = Date.UTC(2026, 8, 1);
const LINK = `https://auth.example.com/r?token=${'aB3_-xYz'.repeat(6)}&next=%2Fhome`;
/** GSM 03.38, the basic table: one septet each. */
const GSM7 = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà]*$/;

function words(change: Partial<Message> = {}, { productName = 'Latchkey' } = {}) {
  const message: Message = {
    channel: 'email',
    topic: 'sign_in',
    to: 'alice@example.com',
    expiresAt: NOW + 3 * 60_000,
    ...change,
  };
  return render(message, { productName, now: NOW });
}

/** Reads a double-quoted attribute the way a browser does. */
function firstHref(html: string): string | undefined {
  const references: Record<string, string> = { '&quot;': '"', '&lt;': '<', '&gt;': '>', '&amp;': '&' };
  return /href="([^"]*)"/
    .exec(html)?.[1]
    ?.replaceAll(/&\w+;/g, (reference) => references[reference] ?? reference);
}

for (const topic of TOPICS) {
  test(`${topic}: text and HTML carry the code, and no other six digits stand in either`, () => {
    const { subject, text, html } = words({ topic, code: '004213' });
    assert.notEqual(subject, '');
    assert.deepEqual(new Set(text.match(/\b\d{6}\b/g)), new Set(['004213']));
    assert.deepEqual(new Set(html.match(/\b\d{6}\b/g)), new Set(['004213']));
    assert.doesNotMatch(subject, /004213/, 'mail servers log subjects');
  });

  test(`${topic}: the first link of the HTML is the action, and it stands in the text as well`, () => {
    const { text, html } = words({ topic, link: LINK });
    assert.equal(firstHref(html), LINK);
    assert.ok(html.includes(`href="${LINK.replaceAll('&', '&amp;')}"`), 'with its = as they are');
    assert.equal(html.match(/href=/g)?.length, 1);
    assert.ok(text.split('\n').includes(LINK), 'on a line of its own');
  });

  test(`${topic}: says how long it works and what to do if it was somebody else`, () => {
    for (const { text, html } of [words({ topic, code: '004213' }), words({ topic, link: LINK })]) {
      assert.match(text, /works for 3 minutes/);
      assert.match(html, /works for 3 minutes/);
      assert.match(text, /If (you did not|it was not you)/);
      assert.match(html, /If (you did not|it was not you)/);
    }
  });

  test(`${topic}: by SMS it is one line, and with a code one segment that begins with the code`, () => {
    for (const remainingMs of [1_000, 60_000, 10 * 60_000, 48 * 3_600_000]) {
      const change: Partial<Message> = {
        channel: 'sms',
        topic,
        expiresAt: NOW + remainingMs,
        code: '004213',
      };
      const { text, subject, html } = words(change, { productName: 'Example Accounts Ltd' });
      assert.match(text, /^004213 is your Example Accounts Ltd code /);
      assert.ok(text.length <= 160, `${text.length}: ${text}`);
      assert.match(text, GSM7);
      assert.doesNotMatch(text, /\n/);
      assert.deepEqual([subject, html], ['', '']);
    }
    assert.ok(words({ channel: 'sms', topic, link: LINK }).text.endsWith(` ${LINK}`));
  });

  test(`${topic}: never speaks of what a person's password is`, () => {
    // SEC-074
    const { text } = words({ topic, code: '004213', link: LINK });
    assert.doesNotMatch(text, /your password (is|:)/i);
  });
}

test('a notice without a code or link names no time and has no link', () => {
  const { text, html } = words({ topic: 'account_exists' });
  assert.doesNotMatch(text, /works for/);
  assert.doesNotMatch(html, /href=/);
});

test('the notice to the old address says where the account is to go', () => {
  const { text, html } = words({ topic: 'email_change_notice', newAddress: 'new@example.org' });
  assert.match(text, /to new@example\.org\./);
  assert.match(html, /to new@example\.org\./);
});

test('what people and operators typed is text, never markup', () => {
  // SEC-074
  const hostile = '<img src=x onerror=alert(1)>"\'&';
  for (const channel of ['email', 'sms'] satisfies ChannelKind[]) {
    const change: Partial<Message> = { channel, topic: 'email_change_notice', newAddress: hostile };
    assert.doesNotMatch(words(change, { productName: hostile }).html, /<img/);
  }
});

test('any link survives the HTML and cannot leave its attribute', () => {
  // SEC-074
  const tail = fc.string({ unit: fc.constantFrom(...'ab=&"\'<>;%#?/', '&amp;', '&copy=') });
  fc.assert(
    fc.property(tail, (query) => {
      const link = `https://auth.example.com/r?${query}`;
      assert.equal(firstHref(words({ link }).html), link);
    }),
  );
});

test('the HTML needs nothing from anywhere: no image, script, font or style sheet', () => {
  const { html } = words({ code: '004213', link: LINK });
  assert.doesNotMatch(html, /<(script|img|iframe|link|form|object)|url\(|@import|src=/i);
  assert.doesNotMatch(html, /\\n/, 'and no escape sequence of ours is left in it');
});

test('the time that is left is rounded down to what a person can count on', () => {
  const minute = 60_000;
  for (const [remaining, expected] of [
    [-minute, 'less than a minute'],
    [30_000, 'less than a minute'],
    [minute, '1 minute'],
    [2 * minute - 6_000, '1 minute'],
    [3 * minute - 200, '3 minutes'],
    [60 * minute, '60 minutes'],
    [119 * minute, '119 minutes'],
    [120 * minute, '2 hours'],
    [24 * 60 * minute, '24 hours'],
    [48 * 60 * minute, '2 days'],
  ] as const) {
    assert.equal(validFor(remaining), expected);
  }
});
