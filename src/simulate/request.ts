/** What a simulated access point wants sent: attributes by their dictionary names. */

export type SimulatedStatus = 'Accounting-On' | 'Start' | 'Interim-Update' | 'Stop';

export const SIMULATED_STATUSES: readonly SimulatedStatus[] = [
  'Accounting-On',
  'Start',
  'Interim-Update',
  'Stop',
];

/** An attribute's dictionary name and its value: text, an address, a number, or the name of a value. */
export type NamedAttribute = readonly [name: string, value: string | number];

export interface SimulatedRequest {
  readonly status: SimulatedStatus;
  readonly attributes: readonly NamedAttribute[];
}
