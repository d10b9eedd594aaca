import { positionText } from '../wire/position.ts';
import { DEAD_LETTER_HEADERS } from '../wire/headers.ts';
import { idPair } from '../domain/ids.ts';
import type { RunClosed, RunCloseRequested } from '../domain/records.ts';
import type { ClosedBy } from '../domain/rejection.ts';
import type { DecidedCommand, DecidingCodec } from '../processor/decide-command.ts';
import { decideRecord, type Owed, type Past } from '../processor/decide-record.ts';
import type { NewDecision } from '../processor/ports/decision-store.ts';
import { readBatch, type Entry, type ValidEntry } from '../processor/read-batch.ts';
import { SKIPPED, withoutContent } from '../processor/skipped-records.ts';
import type { WorkingChannel } from '../processor/working-channels.ts';
import type { ChannelLedgers } from './channel-ledgers.ts';
import type { CommandStep, History } from './history.ts';
import type { ClaimAnswer, ClaimedCommand, ClaimIndex, ClosedRun } from './ports.ts';

/** The result of deciding a command's record again. */
export type Redecided = {
  readonly step: CommandStep;
  readonly entry: Entry;
  readonly owed: Owed;
  /** The decision that would be stored; null for duplicates, and for records that claim no command id. */
  readonly decision: NewDecision | null;
  readonly closed: RunClosed | null;
};

export type Decider = {
  /** Decides the next commands of a history, in its order, and folds the decisions into the ledgers. */
  decide(steps: readonly CommandStep[]): Promise<readonly Redecided[]>;
};

export type DeciderDeps = {
  readonly decode: History['decode'];
  readonly codec: DecidingCodec;
  readonly ledgers: ChannelLedgers;
  readonly claims: ClaimIndex;
  /** The store's hash by default. A cheaper hash is enough if no stored decisions are compared. */
  readonly hashContent?: (command: RunCloseRequested) => Buffer;
};

export const createDecider = ({ decode, codec, ledgers, claims, hashContent }: DeciderDeps): Decider => ({
  decide: async (steps) => {
    const records = steps.map(({ record }) => record);
    const decoded = await decode(records.map(({ value }) => value));
    const entries = readBatch(records, decoded, hashContent).map((entry, index) =>
      keepDeadLetter(entry, steps[index]),
    );
    const known = await knownOf(entries, steps, claims);
    const result = steps.map((step, index): Redecided => {
      const entry = entries[index] as Entry;
      const decided: { command: DecidedCommand | null } = { command: null };
      const past: Past = {
        contentOf: known.contentOf,
        channelOf: ({ command }) => workingChannel(step, command.channelId, { ledgers, known }),
        sourceOf: () => positionText(step.record),
        claimed: ({ command: { channelId, commandId }, contentHash }, command) => {
          known.claim({ channelId, commandId, contentHash, ...positionOf(step) });
          decided.command = command;
        },
      };
      const owed = decideRecord(entry, past, codec);
      const { decision = null, closed = null } = decided.command ?? {};
      return { step, entry, owed, decision, closed };
    });
    await claims.add(known.claimed(), known.closed());
    return result;
  },
});

const UNKNOWN_SCHEMA = 'UNKNOWN_SCHEMA_ID';

/** A dead letter stays one, even if its schema was registered later. A skipped record stays skipped. */
const keepDeadLetter = (entry: Entry, step: CommandStep | undefined): Entry => {
  const deadLetter = step?.emitted.find(({ kind }) => kind === 'dead-letter');
  if (deadLetter === undefined) return entry;
  const reason = deadLetter.record.headers
    .findLast(([name]) => name === DEAD_LETTER_HEADERS.code)?.[1]
    ?.toString('utf8');
  // No valid command can be skipped, whatever a dead letter says.
  if (reason === SKIPPED && entry.kind !== 'valid') {
    const poison = { code: SKIPPED, message: 'an operator has skipped it' };
    return { kind: 'poison', record: withoutContent(entry.record), poison };
  }
  if (entry.kind === 'poison' || reason !== UNKNOWN_SCHEMA) return entry;
  const poison = { code: UNKNOWN_SCHEMA, message: 'nobody knew its schema' };
  return { kind: 'poison', record: entry.record, poison };
};

const workingChannel = (
  step: CommandStep,
  channelId: string,
  { ledgers, known }: Pick<DeciderDeps, 'ledgers'> & { readonly known: Known },
): WorkingChannel => {
  const channel = ledgers.of(channelId);
  return {
    policy: channel.policy,
    ledger: channel.ledger,
    closedBy: (runId) => known.closedBy({ channelId, runId }),
    close: (runId, closedBy, change) => {
      known.close({ channelId, runId, ...closedBy, ...positionOf(step) });
      return channel.close(change);
    },
    reject: () => channel.reject(),
  };
};

const positionOf = ({ record: { partition, offset } }: CommandStep) => ({ partition, offset });

/** The commands that are claimed and the runs that are closed before each command of a portion: in earlier portions, or in this one. */
type Known = {
  contentOf(entry: ValidEntry): Buffer | undefined;
  closedBy(run: { readonly channelId: string; readonly runId: string }): ClosedBy | undefined;
  claim(command: ClaimedCommand): void;
  close(run: ClosedRun): void;
  claimed(): readonly ClaimedCommand[];
  closed(): readonly ClosedRun[];
};

const knownOf = async (
  entries: readonly Entry[],
  steps: readonly CommandStep[],
  claims: ClaimIndex,
): Promise<Known> => {
  const valid = entries.flatMap((entry, index) =>
    entry.kind === 'valid'
      ? [{ command: entry.command, place: positionOf(steps[index] as CommandStep) }]
      : [],
  );
  const answers = await claims.find(valid.map(({ command }) => command));
  const contents = new Map<string, Buffer>();
  const closers = new Map<string, ClosedBy>();
  valid.forEach(({ command, place }, index) => {
    const { claimed, closed } = answers[index] as ClaimAnswer;
    // After an interruption, the index may already hold commands after the position at which the replay resumes. Ignore these.
    const isPast = (at: { readonly partition: number; readonly offset: number }): boolean =>
      at.partition !== place.partition || at.offset < place.offset;
    if (claimed !== undefined && isPast(claimed))
      contents.set(idPair(command.channelId, command.commandId), claimed.contentHash);
    if (closed !== undefined && isPast(closed)) closers.set(idPair(command.channelId, command.runId), closed);
  });

  const claimed: ClaimedCommand[] = [];
  const closed: ClosedRun[] = [];
  return {
    contentOf: ({ command }) => contents.get(idPair(command.channelId, command.commandId)),
    closedBy: ({ channelId, runId }) => closers.get(idPair(channelId, runId)),
    claim: (command) => {
      claimed.push(command);
      contents.set(idPair(command.channelId, command.commandId), command.contentHash);
    },
    close: (run) => {
      closed.push(run);
      closers.set(idPair(run.channelId, run.runId), run);
    },
    claimed: () => claimed,
    closed: () => closed,
  };
};
