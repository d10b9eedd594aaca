import type { RunCloseRequested } from '../domain/records.ts';
import { COMMAND_DEFAULTS, contentHash, ORDER_DEFAULTS, saidOf } from './content-hash.ts';
import type { Poison, StoredCommand } from './ports.ts';
import { sha256 } from './sha256.ts';

/** R3: whether the decision stored at a record's position decides the record's own command. */
export const isOwnDecision = (
  { channelId, commandId, contentHash: stored }: StoredCommand,
  command: RunCloseRequested,
): boolean =>
  command.channelId === channelId &&
  command.commandId === commandId &&
  (stored.equals(contentHash(command)) || stored.equals(hashOfWholeCommand(command)));

/**
 * Version 0.1 hashed `requestedAt` and `correlationId` as well. A decision that it stored right before a crash is emitted by a
 * newer version.
 */
const hashOfWholeCommand = (command: RunCloseRequested): Buffer =>
  sha256(
    JSON.stringify({
      ...saidOf(command, COMMAND_DEFAULTS),
      orders: command.orders.map((order) => saidOf(order, ORDER_DEFAULTS)),
    }),
  );

/** No registry could ever decode these, so nothing was ever decided on such a record. */
const NEVER_DECODABLE = new Set(['NULL_VALUE', 'TOO_SHORT', 'WRONG_MAGIC_BYTE']);

export const wasNeverDecodable = ({ code }: Poison): boolean => NEVER_DECODABLE.has(code);
