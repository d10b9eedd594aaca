import { bodyOf, fingerprint, sourceOf } from '../../scripts/chaos/evidence/events.ts';
import {
  type AuditStep,
  type Evidence,
  type LogRecord,
  type OutputRecord,
  type OutputRole,
  type StoredDecision,
  sourceAt,
} from '../../scripts/chaos/evidence/evidence.ts';
import { foldInput } from '../../scripts/chaos/evidence/fold.ts';
import { schemas } from '../../scripts/chaos/evidence/frames.ts';
import type { RunCloseRequested } from '../../src/domain/records.ts';
import { deadLetter } from '../../src/kafka/records/dead-letters.ts';
import { decideBatch } from '../../src/processor/decide-batch.ts';
import { emissionsOf } from '../../src/processor/emissions.ts';
import type { Emission } from '../../src/processor/ports/output.ts';
import { readBatch } from '../../src/processor/read-batch.ts';
import type { EventType } from '../../src/wire/event-types.ts';
import { frame } from '../../src/wire/frame.ts';
import { aCommand } from './commands.ts';
import { emptyState } from './empty-state.ts';

const TOPIC = 'run.close.requested';
const SCHEMA_ID = 1;
/** The registry's actual id does not matter. */
const EVENT_SCHEMA_ID = 7;

const ROLES: Readonly<Record<EventType, OutputRole>> = {
  'run.closed': 'closed',
  'run.summary': 'summary',
  'run.close.rejected': 'rejected',
};

/**
 * One partition with three runs closed in two channels, a run closed twice, a rejected, an invalid and a bad record, and a known duplicate.
 */
const someInput = (): LogRecord[] => {
  const first = aCommand({ commandId: 'c1', runId: 'r1', channelId: 'C1' });
  return [
    commandRecord(0, first),
    commandRecord(1, aCommand({ commandId: 'c2', runId: 'r2', channelId: 'C1' })),
    { ...commandRecord(2, first), value: Buffer.from([0, 1]), headers: [['odd', null]] },
    commandRecord(3, aCommand({ commandId: 'c3', runId: 'r3', channelId: 'C2' })),
    commandRecord(4, first),
    commandRecord(6, aCommand({ commandId: 'c4', runId: 'r1', channelId: 'C1' })),
    commandRecord(7, aCommand({ commandId: 'c5', runId: '', channelId: 'C1' })),
  ];
};

const commandRecord = (offset: number, command: RunCloseRequested): LogRecord => ({
  partition: 0,
  offset,
  timestamp: 1000 + offset,
  key: Buffer.from(command.channelId),
  value: frame(SCHEMA_ID, schemas[TOPIC].type.toBuffer(command)),
  headers: [],
});

/** The evidence that a correct processor leaves, made with the product's own pure functions. */
export const honestEvidence = (input: readonly LogRecord[] = someInput()): Evidence => {
  const fold = foldInput(input, { inputTopic: TOPIC, schemaIds: new Set([SCHEMA_ID]) });
  const { outputs, decisions } = processed(input);
  return {
    input,
    outputs,
    contradictions: [],
    fold,
    closedBefore: new Map(),
    committed: new Map([[0, 8]]),
    decisions,
    ledgers: new Map(
      [...fold.ledgers].map(([channel, { head, revision, members }]) => [
        channel,
        {
          sequence: head.sequence,
          revision,
          previousRunner: head.previousRunner,
          ring: head.ring,
          members,
        },
      ]),
    ),
    audit: [
      auditStep({ kind: 'lease taken' }),
      auditStep({ kind: 'decisions written' }),
      auditStep({ kind: 'lease used' }),
      auditStep({ kind: 'lease taken', epoch: 2, instance: 'two' }),
    ],
    abortedCommandIds: new Set(['never']),
    healing: { seconds: 3, withinSeconds: 60, lag: 0 },
    hanging: [],
    ends: [
      { instance: 'one', cause: 'killed', code: null, lastWords: '' },
      { instance: 'two', cause: 'told to stop', code: 0, lastWords: '' },
    ],
    peakMemoryMb: 200,
  };
};

export const auditStep = (step: Partial<AuditStep>): AuditStep => ({
  partition: 0,
  kind: 'lease used',
  epoch: 1,
  holder: 'h',
  instance: 'one',
  ...step,
});

const processed = (input: readonly LogRecord[]): { outputs: OutputRecord[]; decisions: StoredDecision[] } => {
  const decoded = input.map(({ value }) =>
    value === null || value.length < 5
      ? ({ kind: 'poison', poison: { code: 'TOO_SHORT', message: 'too short' } } as const)
      : ({
          kind: 'command',
          command: schemas[TOPIC].type.fromBuffer(value.subarray(5)) as RunCloseRequested,
        } as const),
  );
  const sourceName = (offset: number): string => `${TOPIC}/0/${String(offset)}`;
  const codec = { encode: (type: EventType, event: unknown) => schemas[type].type.toBuffer(event) };
  const { owed, decisions } = decideBatch({
    entries: readBatch(input, decoded),
    state: emptyState,
    partition: 0,
    codec,
    sourceOf: sourceName,
    inputKnownFrom: null,
  });
  const emissions = emissionsOf(owed, {
    groupId: 'runclose',
    frame: (_, body) => frame(EVENT_SCHEMA_ID, body),
    sourceOf: sourceName,
  });
  const outputs = emissions.map(outputOf);
  return {
    outputs,
    decisions: decisions.map(({ offset, channelId, commandId }) => ({
      source: sourceAt(0, offset),
      channelId,
      commandId,
      fingerprints: Object.fromEntries(
        outputs
          .filter((output) => sourceOf(output) === sourceAt(0, offset))
          .map((output) => [output.role, fingerprint(bodyOf(output))]),
      ),
    })),
  };
};

const outputOf = (emission: Emission, index: number): OutputRecord => {
  if (emission.kind === 'dead-letter') {
    const letter = deadLetter(emission.record, { topic: TOPIC, partition: 0 }, emission.poison);
    return { role: 'deadLetters', partition: 0, offset: index, ...letter };
  }
  return {
    role: ROLES[emission.type],
    partition: 0,
    offset: index,
    timestamp: 0,
    key: emission.key,
    value: emission.value,
    headers: emission.headers.map(([name, value]) => [name, Buffer.from(value)] as const),
  };
};
