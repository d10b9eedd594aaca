import type { RunCloseRequested } from '../domain/records.ts';
import { firstFault } from '../domain/validate.ts';
import { contentHash } from './content-hash.ts';
import type { Claim } from './ports/decision-store.ts';
import type { Decoded, Poison } from './ports/record-codec.ts';
import type { InputRecord } from './ports/input-record.ts';

/** One record, decoded and validated without looking at any state. */
export type Entry =
  | { readonly kind: 'poison'; readonly record: InputRecord; readonly poison: Poison }
  | {
      readonly kind: 'invalid';
      readonly record: InputRecord;
      readonly command: RunCloseRequested;
      /** Begins with the path of the first fault. */
      readonly fault: string;
    }
  | {
      readonly kind: 'valid';
      readonly record: InputRecord;
      readonly command: RunCloseRequested;
      readonly contentHash: Buffer;
    };

export type ValidEntry = Extract<Entry, { kind: 'valid' }>;

/** @param hashContent must return equal hashes only for equal content; the store keeps `contentHash` */
export const readBatch = (
  records: readonly InputRecord[],
  decoded: readonly Decoded[],
  hashContent: (command: RunCloseRequested) => Buffer = contentHash,
): readonly Entry[] =>
  records.map((record, index) => {
    const result = decoded[index];
    if (result === undefined) throw new RangeError(`no decoding result for offset ${String(record.offset)}`);
    if (record.unreadable !== undefined)
      return { kind: 'poison', record, poison: { code: 'UNREADABLE_BATCH', message: record.unreadable } };
    if (result.kind === 'poison') return { kind: 'poison', record, poison: result.poison };
    const { command } = result;
    const fault = firstFault(command, record.key === null ? null : record.key.toString('utf8'));
    return fault === null
      ? { kind: 'valid', record, command, contentHash: hashContent(command) }
      : { kind: 'invalid', record, command, fault };
  });

/** The commands that the store must look up. Invalid commands claim no id, and their ids may be unfit for a query. */
export const claimsOf = (entries: readonly Entry[]): readonly Claim[] =>
  entries
    .filter((entry): entry is ValidEntry => entry.kind === 'valid')
    .map(({ record, command }) => ({
      offset: record.offset,
      channelId: command.channelId,
      commandId: command.commandId,
      runId: command.runId,
      userIds: command.orders.map((order) => order.userId),
    }));
