/** The JSON of a notice. Pure. */
import { instantJson } from '../clock.ts';
import type { Notice } from './notice-queries.ts';

/** Returns a notice's JSON. */
export function noticeShape({ id, alertId, message, createdAt, readAt }: Notice) {
  return {
    id,
    alert: alertId,
    message,
    created_at: instantJson(createdAt),
    is_read: readAt !== null,
    read_at: instantJson(readAt),
  };
}
