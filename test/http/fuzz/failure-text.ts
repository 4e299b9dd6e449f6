/** What a person needs to see of a request that was not answered as it must be. */
import type { CampaignFailure } from './campaign.ts';

const SHOWN_LENGTH = 2_000;

/** Returns it in a few lines. */
export function failureText({ round, at, request, answer, fault }: CampaignFailure): string {
  const { method, url, headers, body, credential, changes } = request;
  return [
    `Request ${at} of round ${round}: ${fault}`,
    `${method} ${short(url)}`,
    `from ${credential.name}, changed: ${changes.join(', ') || 'nothing'}`,
    short(JSON.stringify(headers)),
    short(Buffer.isBuffer(body) ? body.toString('hex') : (body ?? 'no body')),
    `answered ${answer.status} ${short(answer.text)}`,
  ].join('\n');
}

function short(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
