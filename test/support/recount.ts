import { loadSchemas } from '../../src/avro/schema-files.ts';
import { DEFAULT_CHANNEL_POLICY } from '../../src/domain/channel-policy.ts';
import { decide } from '../../src/domain/decide.ts';
import {
  invalidCommand,
  reusedCommandId,
  runCloseRejected,
  runClosed,
  runSummary,
} from '../../src/domain/events.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/domain/ledger.ts';
import type { RunCloseRequested } from '../../src/domain/records.ts';
import type { ClosedBy } from '../../src/domain/rejection.ts';
import { firstFault } from '../../src/domain/validate.ts';
import type { LogRecord } from '../../src/kafka/log-record.ts';
import { eventIdOfCommand, eventIdOfSource } from '../../src/processor/event-identity.ts';
import type { EventOf, EventType } from '../../src/processor/ports.ts';
import { folded } from './channel.ts';

/** What must stand in an output topic for one record of the input. */
export type Due =
  | { readonly type: EventType; readonly source: LogRecord; readonly body: Buffer; readonly stored: boolean }
  | { readonly type: 'dead-letter'; readonly source: LogRecord };

export type Recounted = {
  readonly due: readonly Due[];
  readonly ledgers: ReadonlyMap<string, Ledger>;
};

const SCHEMAS = loadSchemas();

/**
 * Folds the input from its first record, with the domain's rules alone and under the default policy: nothing of what the
 * processor, the store or the outputs hold goes into it. Channels that stand in two partitions are taken in the order of time.
 *
 * @param schemaIds those that commands may have been written with
 */
export const recount = (input: readonly LogRecord[], schemaIds: ReadonlySet<number>): Recounted => {
  const due: Due[] = [];
  const ledgers = new Map<string, Ledger>();
  const closed = new Map<string, ClosedBy>();
  const claimed = new Map<string, string>();

  const decideNew = (source: LogRecord, command: RunCloseRequested): void => {
    const { channelId, runId, commandId } = command;
    const ledger = ledgers.get(channelId) ?? EMPTY_LEDGER;
    const run = keyOf(channelId, runId);
    const policy = DEFAULT_CHANNEL_POLICY;
    const decision = decide({ ledger, policy, closedBy: closed.get(run) }, command);
    const stored = { source, stored: true };
    const idOf = (type: EventType) => eventIdOfCommand(command, type);
    if (decision.kind === 'rejected') {
      const rejected = runCloseRejected(command, decision, idOf('run.close.rejected'));
      due.push({ ...stored, ...written('run.close.rejected', rejected) });
      return;
    }
    const event = runClosed(command, decision, idOf('run.closed'));
    due.push({ ...stored, ...written('run.closed', event) });
    due.push({
      ...stored,
      ...written('run.summary', runSummary(command, event, policy, idOf('run.summary'))),
    });
    ledgers.set(channelId, folded(ledger, decision));
    closed.set(run, { commandId, runnerUserId: decision.runner.userId });
  };

  for (const source of inOrderOfTime(input)) {
    const command = commandIn(source, schemaIds);
    if (command === undefined) {
      due.push({ type: 'dead-letter', source });
      continue;
    }
    const type = 'run.close.rejected';
    const rejectionId = eventIdOfSource(
      `${source.topic}/${String(source.partition)}/${String(source.offset)}`,
      type,
    );
    const fault = firstFault(command, source.key?.toString() ?? null);
    if (fault !== null) {
      due.push({ source, stored: false, ...written(type, invalidCommand(command, fault, rejectionId)) });
      continue;
    }
    const claim = keyOf(command.channelId, command.commandId);
    const content = JSON.stringify({ ...command, requestedAt: null, correlationId: null });
    const known = claimed.get(claim);
    if (known === undefined) {
      claimed.set(claim, content);
      decideNew(source, command);
    } else if (known !== content) {
      due.push({ source, stored: false, ...written(type, reusedCommandId(command, rejectionId)) });
    }
  }
  return { due, ledgers };
};

const keyOf = (channelId: string, id: string): string => `${channelId}\n${id}`;

const written = <T extends EventType>(type: T, event: EventOf[T]) => ({
  type,
  body: SCHEMAS[type].type.toBuffer(event),
});

const commandIn = ({ value }: LogRecord, schemaIds: ReadonlySet<number>): RunCloseRequested | undefined => {
  if (value === null || value.length < 5 || value[0] !== 0 || !schemaIds.has(value.readInt32BE(1)))
    return undefined;
  try {
    return SCHEMAS['run.close.requested'].type.fromBuffer(value.subarray(5)) as RunCloseRequested;
  } catch {
    return undefined;
  }
};

/** The topic's timestamps are the broker's, so that within a partition they never fall. */
const inOrderOfTime = (input: readonly LogRecord[]): readonly LogRecord[] =>
  input.toSorted((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset);
