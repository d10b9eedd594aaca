import type { Order, RunCloseRequested } from '../domain/records.ts';
import { sha256 } from './sha256.ts';

/**
 * What the schema fills in when a publisher leaves a field out. They are left out of the hash, so that a field added later
 * with its default changes nothing about the commands that came before it.
 */
export const COMMAND_DEFAULTS = {
  channelName: null,
  allowConsecutiveRunner: false,
  correlationId: null,
  pickupTime: null,
  pickupNote: null,
} as const satisfies Partial<RunCloseRequested>;

export const ORDER_DEFAULTS = {
  slackUserId: null,
  provenance: 'manual',
  confirmed: true,
  quantity: 1,
  canRun: true,
} as const satisfies Partial<Order>;

/** A command without the fields that a publisher makes anew for each try: two tries of one command have the same content. */
export const contentOf = (command: RunCloseRequested): RunCloseRequested => ({
  ...command,
  requestedAt: 0,
  correlationId: null,
});

/** SHA-256 over the content of a command, the order of its orders included. Equal hashes: the same content. */
export const contentHash = (command: RunCloseRequested): Buffer =>
  sha256(
    JSON.stringify({
      ...saidOf(contentOf(command), COMMAND_DEFAULTS),
      orders: command.orders.map((order) => saidOf(order, ORDER_DEFAULTS)),
    }),
  );

const saidOf = (record: object, defaults: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const said: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (!(name in defaults) || defaults[name] !== value) said[name] = value;
  }
  return said;
};
