/** What requests about disconnections may ask and what is answered (contract §12). */
import { Type } from 'typebox';
import { pageParameters } from './pages.ts';

const Instant = Type.String({ examples: ['2025-12-11T12:00:00.123456Z'] });
const InstantOrNull = Type.Union([Instant, Type.Null()]);
const IntegerOrNull = Type.Union([Type.Integer(), Type.Null()]);
const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);

export const DisconnectionAnswer = Type.Object({
  id: Type.Integer(),
  user: Type.Integer(),
  user_username: Type.String(),
  user_full_name: Type.String(),
  reason: Type.String({ examples: ['quota_exceeded', 'daily_limit', 'validity_expired', 'manual'] }),
  reason_display: Type.String({ description: 'The reason in words to show.' }),
  description: Type.String({ description: 'The reason with its numbers.' }),
  disconnected_at: Instant,
  reconnected_at: InstantOrNull,
  is_active: Type.Boolean({ description: 'Whether the user is still cut off by it.' }),
  reconnected_by: IntegerOrNull,
  reconnected_by_username: Type.Optional(Type.String({ description: 'Absent where it was nobody of ours.' })),
  quota_used: Type.Union([Type.Integer(), Type.Null()], { description: 'Octets.' }),
  quota_limit: Type.Union([Type.Integer(), Type.Null()], { description: 'Octets.' }),
  quota_used_gb: NumberOrNull,
  quota_limit_gb: NumberOrNull,
  session_duration: Type.Union([Type.Integer(), Type.Null()], { description: 'Seconds.' }),
  duration_formatted: Type.Union([Type.String(), Type.Null()], { examples: ['1h05m'] }),
});

export const NotDisconnectedAnswer = Type.Object({
  is_disconnected: Type.Boolean(),
  message: Type.String(),
});

export const ReactivationAnswer = Type.Object({
  message: Type.String(),
  radcheck_updated: Type.Integer({ description: 'How many rows of `radcheck` are in force now.' }),
  reconnected_at: Instant,
  reconnected_by: Type.String(),
});

export const DisconnectionQuery = Type.Object({
  ...pageParameters,
  user: Type.Optional(Type.String({ description: 'Only of the user with this id.' })),
  is_active: Type.Optional(
    Type.String({ description: '`true`: only of users still cut off; `false`: only what is over.' }),
  ),
  reason: Type.Optional(Type.String({ description: 'Only for this reason.' })),
});
