import type { PrincipalRole } from '../../kafka/rights/rights.ts';

/** The principals that have the settings of this program. */
export const LOGIN_ROLES = ['processor', 'operator', 'owner'] as const satisfies readonly PrincipalRole[];

export type LoginRole = (typeof LOGIN_ROLES)[number];
