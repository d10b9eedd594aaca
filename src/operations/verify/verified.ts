import type { FoldedLedger } from '../../replay/channel-ledgers.ts';
import type { History } from '../../replay/history.ts';
import type { LedgerSnapshot, StoredDecisions } from '../../replay/ports.ts';
import { whereText, type Where } from '../history/range.ts';
import { version } from '../version.ts';
import { fileIdentity, type VerificationIdentity, type VerifyState } from './verify-state.ts';

export type VerifyOptions = {
  readonly file?: string;
  readonly from?: Where;
  readonly to?: Where;
  readonly channel?: string;
  readonly limit: number;
  readonly snapshot?: string;
  readonly prove?: string;
  readonly database: boolean;
  readonly state?: string;
  readonly stateEvery: number;
};

/** A history to verify, and the stored state to compare with. */
export type Verified = {
  readonly history: History;
  readonly start: readonly FoldedLedger[];
  readonly stored: StoredDecisions | null;
  readonly comparedFrom: ReadonlyMap<number, number>;
  readonly snapshot: LedgerSnapshot | null;
  /** Phrases that say what could not be checked, and why. */
  readonly unchecked: readonly string[];
  /** Null: keep no progress. */
  readonly state: VerifyState | null;
};

/** A verification that starts with a snapshot cannot check this. */
export const BEFORE_SNAPSHOT =
  'everything before the snapshot: if a command was published before and after the snapshot, the second one shows as a difference';

/** Identifies a verification by its options and the program's version: another version cannot read this version's progress. */
export const verificationIdentity = async (options: VerifyOptions): Promise<VerificationIdentity> => {
  const { from, to, channel, limit, snapshot, prove } = options;
  return {
    version,
    '--from': from === undefined ? null : whereText(from),
    '--to': to === undefined ? null : whereText(to),
    '--channel': channel ?? null,
    '--limit': limit,
    '--snapshot': snapshot ?? null,
    ...(snapshot !== undefined && (await fileIdentity('--snapshot', snapshot))),
    '--prove': prove ?? null,
    ...(prove !== undefined && (await fileIdentity('--prove', prove))),
  };
};
