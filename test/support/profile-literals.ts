/** The seed's profile as clients send and see it, written from the contract. */
import { expect } from 'vitest';

/** What an administrator sends to create the seed's profile. */
export const ETUDIANT = {
  name: 'Étudiant',
  description: 'Profil standard pour étudiants',
  bandwidth_upload: 5120,
  bandwidth_download: 10240,
  quota_type: 'limited',
  data_volume: 53687091200,
  daily_limit: 5368709120,
  weekly_limit: 32212254720,
  monthly_limit: 107374182400,
  validity_duration: 30,
  session_timeout: 28800,
  idle_timeout: 600,
  simultaneous_use: 1,
  is_active: true,
};

/** Contract §6, Profile. */
export const ETUDIANT_ANSWER = {
  id: expect.any(Number),
  name: 'Étudiant',
  description: 'Profil standard pour étudiants',
  is_active: true,
  bandwidth_upload: 5120,
  bandwidth_download: 10240,
  bandwidth_upload_mbps: 5,
  bandwidth_download_mbps: 10,
  quota_type: 'limited',
  data_volume: 53687091200,
  data_volume_gb: 50,
  daily_limit: 5368709120,
  weekly_limit: 32212254720,
  monthly_limit: 107374182400,
  daily_limit_gb: 5,
  weekly_limit_gb: 30,
  monthly_limit_gb: 100,
  validity_duration: 30,
  session_timeout: 28800,
  idle_timeout: 600,
  simultaneous_use: 1,
  created_by: null,
  created_at: '2025-12-11T12:00:00Z',
  updated_at: '2025-12-11T12:00:00Z',
  users_count: 0,
  promotions_count: 0,
};
