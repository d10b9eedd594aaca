import { firstFault } from '../domain/validate.ts';
import type { Owed } from './decide-record.ts';
import type { InputRecord } from './ports/input-record.ts';
import type { Poison } from './ports/record-codec.ts';
import type { SkippedRecord } from './ports/decision-store.ts';
import { sha256 } from './sha256.ts';

/** The reason on the dead letter of a skipped record. */
export const SKIPPED = 'SKIPPED';

/**
 * Records that an operator has skipped become dead letters without content. Only records that claim no command id can be skipped:
 * unreadable records and invalid commands. So no ledger depends on a skipped record, and every stored decision is emitted.
 */
export const withoutSkipped = (owed: readonly Owed[], skipped: readonly SkippedRecord[]): readonly Owed[] => {
  if (skipped.length === 0) return owed;
  return owed.map((item) => {
    const here = skipped.filter(({ offset }) => offset === item.record.offset);
    if (here.length === 0 || !maySkip(item)) return item;
    const hash = recordHash(item.record);
    const skip = here.find((each) => each.recordHash.equals(hash));
    if (skip === undefined) return item;
    return { kind: 'dead-letter', record: withoutContent(item.record), poison: skippedPoison(skip) };
  });
};

/** True if the record has no stored decision and so may be skipped. */
export const maySkip = (item: Owed): boolean => {
  switch (item.kind) {
    case 'nothing':
      return false;
    case 'dead-letter':
      return true;
    case 'events':
      return firstFault(item.command, item.record.key?.toString('utf8') ?? null) !== null;
  }
};

export const withoutContent = ({ offset, timestamp }: InputRecord): InputRecord => ({
  offset,
  timestamp,
  key: null,
  value: null,
  headers: [],
});

const skippedPoison = ({ by, at }: SkippedRecord): Poison => {
  const time = new Date(at).toISOString();
  const who = by === null ? '' : ` by ${by}`;
  return {
    code: SKIPPED,
    message: `skipped at ${time}${who}; the record itself stays in the input until retention removes it`,
    skipped: { at: time, by },
  };
};

const NOTHING = Buffer.alloc(0);

/** A hash over key, value and timestamp. Headers do not count. */
export const recordHash = ({ key, value, timestamp }: InputRecord): Buffer => {
  const lengths = Buffer.alloc(16);
  lengths.writeInt32BE(key?.length ?? -1, 0);
  lengths.writeInt32BE(value?.length ?? -1, 4);
  lengths.writeDoubleBE(timestamp, 8);
  return sha256(Buffer.concat([lengths, key ?? NOTHING, value ?? NOTHING]));
};
