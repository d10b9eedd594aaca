import type { FoldedLedger } from '../../replay/channel-ledgers.ts';
import type { History } from '../../replay/history.ts';
import type { LedgerSnapshot, StoredDecisions } from '../../replay/ports.ts';
import { version } from '../version.ts';
import { whereText, type Where } from '../history/range.ts';
import { identityOf, type Undertaking, type VerifyState } from './verify-state.ts';

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

/** What is verified, and against what. */
export type Verified = {
  readonly history: History;
  readonly start: readonly FoldedLedger[];
  readonly stored: StoredDecisions | null;
  readonly comparedFrom: ReadonlyMap<number, number>;
  readonly snapshot: LedgerSnapshot | null;
  /** What could not be checked, and why: a sentence each. */
  readonly unchecked: readonly string[];
  /** Null: keep no progress. */
  readonly state: VerifyState | null;
};

/** A verification that starts with a snapshot cannot check this. */
export const BEFORE_SNAPSHOT =
  'what came before the snapshot: its events, and whether a command behind it had been published before, which shows as differences';

/** The options, and the version of the program: another version cannot read this version's progress. */
export const optionsOf = async (options: VerifyOptions): Promise<Undertaking> => {
  const { from, to, channel, limit, snapshot, prove } = options;
  return {
    version,
    '--from': from === undefined ? null : whereText(from),
    '--to': to === undefined ? null : whereText(to),
    '--channel': channel ?? null,
    '--limit': limit,
    '--snapshot': snapshot ?? null,
    ...(snapshot !== undefined && (await identityOf('--snapshot', snapshot))),
    '--prove': prove ?? null,
    ...(prove !== undefined && (await identityOf('--prove', prove))),
  };
};
