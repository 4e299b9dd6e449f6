/** The document radmeter was ordered with: the HTTP calls it shows, in its order, and what its examples send. */

/** The profile of its first example, as it stands there. */
const ETUDIANT_TEXT = `{
  "name": "Étudiant",
  "description": "Profil standard pour étudiants",
  "bandwidth_upload": 5120,      // 5 Mbps
  "bandwidth_download": 10240,   // 10 Mbps
  "quota_type": "limited",
  "data_volume": 53687091200,    // 50 Go
  "daily_limit": 5368709120,     // 5 Go/jour
  "weekly_limit": 32212254720,   // 30 Go/semaine
  "monthly_limit": 107374182400, // 100 Go/mois
  "validity_duration": 30,       // 30 jours
  "session_timeout": 28800,      // 8 heures
  "idle_timeout": 600,           // 10 minutes
  "simultaneous_use": 1,
  "is_active": true
}`;

const ADD_USAGE_TEXT = `{
  "bytes_used": 1073741824  // 1 Go
}`;

/** The same as people send it: JSON knows no comments. */
export const ETUDIANT_JSON = withoutComments(ETUDIANT_TEXT);
const ADD_USAGE_JSON = withoutComments(ADD_USAGE_TEXT);

/** The alert of its last example; the profile is who asks. */
export const SEED_ALERT = {
  alert_type: 'quota_warning',
  threshold_percent: 80,
  notification_method: 'email',
  message_template:
    'Attention {username}, vous avez utilisé {percent}% de votre quota. Il reste {remaining_gb} Go.',
  is_active: true,
};

/** One call of the document; `{id}`, `{user_id}` and `{profile_id}` stand for ids. */
export interface SeedCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly json?: string;
}

/** Every call of its section on the API, from top to bottom. */
export const SEED_CALLS = [
  { method: 'GET', path: 'profiles/' },
  { method: 'GET', path: 'profiles/active/' },
  { method: 'GET', path: 'profiles/statistics/' },
  { method: 'GET', path: 'profiles/{id}/statistics_detail/' },
  { method: 'GET', path: 'profiles/{id}/users/' },
  { method: 'GET', path: 'profiles/{id}/promotions/' },
  { method: 'GET', path: 'profile-usage/my_usage/' },
  { method: 'POST', path: 'profile-usage/{id}/reset_daily/' },
  { method: 'POST', path: 'profile-usage/{id}/reset_weekly/' },
  { method: 'POST', path: 'profile-usage/{id}/reset_monthly/' },
  { method: 'POST', path: 'profile-usage/{id}/reset_all/' },
  { method: 'POST', path: 'profile-usage/{id}/add_usage/', json: ADD_USAGE_JSON },
  { method: 'GET', path: 'profile-history/user_history/?user_id={id}' },
  { method: 'GET', path: 'profile-history/' },
  { method: 'GET', path: 'profile-history/?user={user_id}' },
  { method: 'GET', path: 'profile-history/?profile={profile_id}' },
  { method: 'POST', path: 'profile-alerts/check_alerts/' },
  { method: 'GET', path: 'profile-alerts/' },
  { method: 'GET', path: 'profile-alerts/?profile={profile_id}' },
  { method: 'GET', path: 'profile-alerts/?is_active=true' },
] as const satisfies readonly SeedCall[];

export type SeedPath = (typeof SEED_CALLS)[number]['path'];

function withoutComments(text: string): string {
  return text.replace(/ *\/\/.*$/gm, '');
}
