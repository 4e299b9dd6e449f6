/** A user as the contract shows one (contract §6, User), written out for tests of answers. */

/** An instant as JSON shows it. */
const NOON = '2025-12-11T12:00:00Z';

/** The answer about john, who has nothing but a name, made at `at`; `id` stands beside it. */
export function plainJohn(at: unknown = NOON) {
  return {
    username: 'john',
    email: '',
    first_name: '',
    last_name: '',
    promotion: null,
    matricule: null,
    profile: null,
    effective_profile: null,
    phone_number: null,
    mac_address: null,
    ip_address: null,
    is_voucher_user: false,
    voucher_code: null,
    is_active: true,
    is_staff: false,
    is_superuser: false,
    is_radius_activated: false,
    is_radius_enabled: true,
    role: 'user',
    role_name: 'user',
    date_joined: at,
    created_at: at,
    updated_at: at,
  };
}
