import type { Patch } from './patch.ts';

type Connection = { readonly sessionLifetime: { toString(): string } };

const TEN_SECONDS_MS = 10_000;
const LAST_PART = 0.15;

/**
 * kafkajs logs in again ten seconds before a session ends. If a session lasts no longer than that (`connections.max.reauth.ms`, or an
 * access token about to expire), each request logs in again, and a broker never counts as connected. With this patch, a login is due when
 * 85% of its session are over, and ten seconds before the end of a long one.
 */
export const shortSessions: Patch = {
  module: 'network/connection.js',
  apply: (connection: { prototype: Connection }) => {
    Object.defineProperty(connection.prototype, 'reauthenticationThreshold', {
      get(this: Connection) {
        return Math.floor(Math.min(TEN_SECONDS_MS, Number(this.sessionLifetime) * LAST_PART));
      },
      // Ignores the value that kafkajs's constructor sets.
      set: () => undefined,
    });
    return connection;
  },
};
