import { idPair } from '../../domain/ids.ts';
import type { RunClosed, RunCloseRejected, RunCloseRequested, RunSummary } from '../../domain/records.ts';
import type { ClosedBy } from '../../domain/rejection.ts';
import { decisionOnCommand, decisionsOnRun } from '../../postgres/decisions.ts';
import { readLedger } from '../../postgres/ledgers.ts';
import { getPolicy } from '../../postgres/policies.ts';
import type { Database } from '../../postgres/pool.ts';
import { decideBatch } from '../../processor/decide-batch.ts';
import type { Owed } from '../../processor/decide-record.ts';
import type { BatchState, ChannelState, StoredDecision } from '../../processor/ports/decision-store.ts';
import { claimsOf, readBatch, type Entry } from '../../processor/read-batch.ts';

/** A command, and the outcome that it would have. */
export type Preview = { readonly command: RunCloseRequested } & (
  | { readonly outcome: 'closed'; readonly closed: RunClosed; readonly summary: RunSummary }
  | { readonly outcome: 'rejected'; readonly rejected: RunCloseRejected }
  | { readonly outcome: 'duplicate' }
);

/** Previewed commands have no record, so this is a partition that no record has. */
const NOWHERE = -1;

/** Decides commands one after another, as the processor would now. Writes nothing. */
export const previewCommands = async (
  pool: Database,
  commands: readonly RunCloseRequested[],
): Promise<readonly Preview[]> => {
  const entries = entriesOf(commands);
  const state = await readState(pool, entries);
  const events = new Map<Buffer | undefined, object>();
  const codec = {
    /** Encodes nothing: keeps the event, and returns an empty body that identifies it. */
    encode: (_type: string, event: object): Buffer => {
      const body = Buffer.alloc(0);
      events.set(body, event);
      return body;
    },
  };
  const { owed } = decideBatch({
    entries,
    state,
    partition: NOWHERE,
    codec,
    sourceOf: () => 'preview',
    inputKnownFrom: null,
  });
  return commands.map((command, index) => previewOf(command, owed[index], events));
};

const previewOf = (
  command: RunCloseRequested,
  owed: Owed | undefined,
  events: ReadonlyMap<Buffer | undefined, object>,
): Preview => {
  if (owed?.kind !== 'events') return { command, outcome: 'duplicate' };
  const { bodies } = owed;
  const rejected = events.get(bodies['run.close.rejected']) as RunCloseRejected | undefined;
  if (rejected !== undefined) return { command, outcome: 'rejected', rejected };
  return {
    command,
    outcome: 'closed',
    closed: events.get(bodies['run.closed']) as RunClosed,
    summary: events.get(bodies['run.summary']) as RunSummary,
  };
};

const entriesOf = (commands: readonly RunCloseRequested[]): readonly Entry[] =>
  readBatch(
    commands.map(({ channelId, requestedAt }, offset) => ({
      offset,
      key: Buffer.from(channelId),
      value: null,
      timestamp: requestedAt,
      headers: [],
    })),
    commands.map((command) => ({ kind: 'command', command })),
  );

const readState = async (pool: Database, entries: readonly Entry[]): Promise<BatchState> => {
  const channels = new Map<string, ChannelState>();
  const decisions = new Map<string, StoredDecision>();
  const closedBy = new Map<string, ClosedBy>();
  for (const { channelId, commandId, runId } of claimsOf(entries)) {
    if (!channels.has(channelId)) {
      const policy = await getPolicy(pool, channelId);
      channels.set(channelId, { ...(await readLedger(pool, channelId)), policy });
    }
    const known = await decisionOnCommand(pool, { channelId, commandId });
    if (known !== null) {
      const { contentHash } = known;
      decisions.set(idPair(channelId, commandId), {
        channelId,
        commandId,
        contentHash,
        partition: null,
        offset: null,
      });
    }
    const close = (await decisionsOnRun(pool, { channelId, runId })).find(
      ({ outcome }) => outcome === 'closed',
    );
    if (close?.runnerUserId != null)
      closedBy.set(idPair(channelId, runId), {
        commandId: close.commandId,
        runnerUserId: close.runnerUserId,
      });
  }
  return {
    emitted: () => undefined,
    writtenWith: () => ({}),
    commandAt: () => undefined,
    decision: ({ channelId, commandId }) => decisions.get(idPair(channelId, commandId)),
    closedBy: ({ channelId, runId }) => closedBy.get(idPair(channelId, runId)),
    channel: (channelId) => channels.get(channelId) as ChannelState,
  };
};
