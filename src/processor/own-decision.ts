import type { RunCloseRequested } from '../domain/records.ts';
import { contentHash } from './content-hash.ts';
import type { Poison, StoredCommand } from './ports.ts';

/** R3: whether the decision stored at a record's position decides the record's own command. */
export const isOwnDecision = (
  { channelId, commandId, contentHash: stored }: StoredCommand,
  command: RunCloseRequested,
): boolean =>
  command.channelId === channelId && command.commandId === commandId && stored.equals(contentHash(command));

/** No registry could ever decode these, so nothing was ever decided on such a record. */
const NEVER_DECODABLE = new Set(['NULL_VALUE', 'TOO_SHORT', 'WRONG_MAGIC_BYTE', 'UNREADABLE_BATCH']);

export const wasNeverDecodable = ({ code }: Poison): boolean => NEVER_DECODABLE.has(code);
