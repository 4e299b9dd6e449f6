import { expect, it } from 'vitest';
import { replyMessages } from '../../src/access/reply-message.ts';

it.each([
  ['nothing', '', []],
  ['what fits', 'a'.repeat(253), [253]],
  ['one octet more', 'a'.repeat(254), [253, 1]],
  ['never within a character of two octets', `${'a'.repeat(252)}é`, [252, 2]],
  ['never within a character of four', `${'a'.repeat(250)}😀`, [250, 4]],
  ['no more than three of them', 'a'.repeat(2_000), [253, 253, 253]],
])('cuts %s', (_, text, lengths) => {
  const messages = replyMessages(text);
  expect(messages.map((message) => message.length)).toEqual(lengths);
  expect(text.startsWith(Buffer.concat(messages).toString('utf8'))).toBe(true);
});
