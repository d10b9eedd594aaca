import type { RunCloseRequested } from '../domain/records.ts';
import { contentHash } from './content-hash.ts';
import type { Poison } from './ports/record-codec.ts';
import type { StoredCommand } from './ports/decision-store.ts';

/**
 * R3: whether the decision stored at a record's position decides the record's own command. In the same topic, a position never gets
 * another record, and the ids only confirm it. There the content must not count: an older version ignored fields that were added later, and
 * stored another hash of the same record. Only if the topic may be another one, the content decides.
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
