import type { RunCloseRequested } from '../domain/records.ts';
import { contentHash } from './content-hash.ts';
import type { Poison, StoredCommand } from './ports.ts';

/**
 * R3: whether the decision stored at a record's position decides the record's own command. In one and the same topic, a position never gets
 * another record, and the ids only confirm it. The content must not count there: an older version did not read a field that was added
 * later, and so stored another hash of the same record. Only if it is not known that the topic is the same, the content has to tell.
 */
export const isOwnDecision = (
  { channelId, commandId, contentHash: stored }: StoredCommand,
  command: RunCloseRequested,
  topic: 'same topic' | 'perhaps another topic',
): boolean =>
  command.channelId === channelId &&
  command.commandId === commandId &&
  (topic === 'same topic' || stored.equals(contentHash(command)));

/** No registry could ever decode these, so nothing was ever decided on such a record. */
const NEVER_DECODABLE = new Set(['NULL_VALUE', 'TOO_SHORT', 'WRONG_MAGIC_BYTE', 'UNREADABLE_BATCH']);

export const wasNeverDecodable = ({ code }: Poison): boolean => NEVER_DECODABLE.has(code);
