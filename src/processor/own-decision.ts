import type { RunCloseRequested } from '../domain/records.ts';
import { contentHash } from './content-hash.ts';
import type { Poison } from './ports/record-codec.ts';
import type { StoredCommand } from './ports/decision-store.ts';

/**
 * True if the decision stored at a record's position belongs to the record's own command (stored decisions know their source, R3 of
 * docs/adr/0002-six-rules-for-effectively-once.md). In the same topic, a position never gets another record, so equal ids are enough. The
 * content must not count there: an older version ignored fields that were added later, and stored another hash of the same record. If the
 * topic may be another one, the content must be equal, too.
 */
export const isOwnDecision = (
  { channelId, commandId, contentHash: stored }: StoredCommand,
  command: RunCloseRequested,
  topic: 'same topic' | 'perhaps another topic',
): boolean =>
  command.channelId === channelId &&
  command.commandId === commandId &&
  (topic === 'same topic' || stored.equals(contentHash(command)));

/** No registry can decode a record with one of these codes, so no decision was ever made on such a record. */
const NEVER_DECODABLE = new Set(['NULL_VALUE', 'TOO_SHORT', 'WRONG_MAGIC_BYTE', 'UNREADABLE_BATCH']);

export const wasNeverDecodable = ({ code }: Poison): boolean => NEVER_DECODABLE.has(code);
