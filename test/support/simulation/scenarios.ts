/** The records of a simulation, and the outcome that they must have whatever happens. */
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { decide } from '../../../src/domain/decide.ts';
import { runClosed, runCloseRejected, runSummary } from '../../../src/domain/events.ts';
import { applyChange, EMPTY_LEDGER, evolve, type Ledger } from '../../../src/domain/ledger.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import type { ClosedBy } from '../../../src/domain/rejection.ts';
import { eventIdOfCommand } from '../../../src/processor/event-identity.ts';
import type { Emission } from '../../../src/processor/ports/output.ts';
import type { EventType } from '../../../src/wire/event-types.ts';
import { aCommand } from '../commands.ts';
import { anEmptyKafka, append, bodyOf, partitionOf, sourceOf, typeOf, visible } from '../in-memory/kafka.ts';
import { jsonCodec } from '../json-codec.ts';
import type { Expectation } from './explore.ts';
import type { Servers } from './requests.ts';
import { NO_FAULTS, type Faults, type Published, type Scenario, type World } from './world.ts';

const published = (command: Partial<RunCloseRequested>): Published => ({
  key: Buffer.from(command.channelId ?? 'C1'),
  value: Buffer.from(JSON.stringify(aCommand(command))),
  headers: [],
});

const POISON: Published = { key: Buffer.from('C1'), value: Buffer.from('not a command'), headers: [] };

/** Four records: two commands, one of them twice, and a poison record. */
const FOUR_RECORDS = [
  published({ commandId: 'c1', runId: 'r1' }),
  POISON,
  published({ commandId: 'c1', runId: 'r1' }),
  published({ commandId: 'c2', runId: 'r2' }),
];

/** Records that follow if data was lost while processors had nothing to do and could not notice. */
const LATER_RECORDS = [
  published({ commandId: 'c3', runId: 'r2' }),
  published({ commandId: 'c4', runId: 'r4' }),
  published({ commandId: 'c5', runId: 'r5' }),
];

/** Records for topics that were created again. They are of another channel, so earlier decisions do not affect them. */
const OTHER_RECORDS = [
  published({ commandId: 'c6', runId: 'r6', channelId: 'C2' }),
  published({ commandId: 'c7', runId: 'r7', channelId: 'C2' }),
  POISON,
  published({ commandId: 'c6', runId: 'r6', channelId: 'C2' }),
  published({ commandId: 'c8', runId: 'r8', channelId: 'C2' }),
  published({ commandId: 'c9', runId: 'r9', channelId: 'C2' }),
];

/** One record, or as many as there were before, or one more. */
const RECREATED = [1, 4, 5].map((count) => OTHER_RECORDS.slice(0, count));

/** As many records as wanted, with repeats, poison and runs closed twice among them. */
export const manyRecords = (count: number): Published[] =>
  Array.from({ length: count }, (_, index) => {
    if (index % 7 === 3) return POISON;
    const number = index % 5 === 4 ? index - 3 : index;
    return published({
      commandId: `c${number}`,
      runId: `r${index % 11 === 10 ? index - 4 : number}`,
      channelId: 'C1',
    });
  });

export type Given = Partial<Omit<Scenario, 'faults'>> & {
  readonly records?: readonly Published[];
  readonly faults: Partial<Faults>;
};

/** One partition, the records in it from the start. */
export const aScenario = (
  createHandler: Scenario['createHandler'],
  { records = FOUR_RECORDS, faults, ...more }: Given,
): Scenario => ({
  kafka: append(anEmptyKafka(), 0, ...records),
  batchSizes: [2],
  lostCommits: [1],
  recreated: RECREATED,
  histories: 'merged',
  wakeUp: wakeUpAfter(records.length),
  createHandler,
  ...more,
  faults: { ...NO_FAULTS, ...faults },
});

const wakeUpAfter =
  (count: number) =>
  (servers: Servers): Servers | null => {
    const { high, groupOffset, topicsId, committed } = partitionOf(servers.kafka, 0);
    const later = topicsId === 'first' ? LATER_RECORDS[high - count] : OTHER_RECORDS[high];
    // If somebody has moved the offset to the end, it hides commands that are not emitted yet, until one more command comes.
    const isOut = committed.at(-1)?.end === high;
    const isWhole = isOut && groupOffset === high && servers.postgres.leases.get(0)?.nextOffset === high;
    return isWhole || later === undefined ? null : { ...servers, kafka: append(servers.kafka, 0, later) };
  };

/**
 * At every moment, the outputs are, byte for byte, the plain fold of the input from its first record up to some record. At the end they are
 * the fold of the whole input, and the ledger and the group's offset match. This is computed here without the processor.
 */
export const foldedInOrder = (records: readonly Published[] = FOUR_RECORDS): Expectation => {
  const first = expectedOf([...records, ...LATER_RECORDS]);
  const second = expectedOf(OTHER_RECORDS);
  const expectedIn = ({ kafka }: Servers) => (partitionOf(kafka, 0).topicsId === 'first' ? first : second);
  const countBefore = (expected: readonly Expected[], end: number): number =>
    expected.filter(({ source }) => source < end).length;
  const name = ({ type, source }: Pick<Expected, 'type' | 'source'>): string =>
    `${type} of ${String(source)}`;

  return {
    wrong: ({ servers }) => {
      const seen = visible(servers.kafka, 0);
      const expected = expectedIn(servers);
      const differs = seen.findIndex((emission, index) => !isAsExpected(emission, expected[index]));
      if (differs === -1) {
        const end = partitionOf(servers.kafka, 0).committed.at(-1)?.end ?? 0;
        return seen.length === countBefore(expected, end)
          ? null
          : `the outputs do not belong to the first ${end} records`;
      }
      const names = seen.map((emission) => name({ type: typeOf(emission), source: sourceOf(emission) }));
      return `the outputs are ${names.join(', ')}; record ${differs} of them should not be there, or not so`;
    },
    missing: ({ servers }) => {
      const { high, groupOffset } = partitionOf(servers.kafka, 0);
      const { stored, leases } = servers.postgres;
      const nextOffset = leases.get(0)?.nextOffset;
      const seen = visible(servers.kafka, 0).length;
      const expected = expectedIn(servers);
      const due = countBefore(expected, high);
      if (seen !== due) return `${seen} of ${due} records are in the outputs`;
      if (groupOffset !== high) return `the group stands at ${groupOffset} of ${high}`;
      if (nextOffset !== high) return `Postgres stands at ${nextOffset} of ${high}`;
      const runs = expected.filter(({ type, source }) => type === 'run.closed' && source < high).length;
      const sequence = stored.channels.get(expected === first ? 'C1' : 'C2')?.head.sequence ?? 0;
      return sequence === runs ? null : `the ledger stands at run ${sequence} of ${runs}`;
    },
  };
};

type Expected = {
  readonly type: EventType | 'dead-letter';
  readonly source: number;
  readonly body: Buffer | null;
};

const isAsExpected = (emission: Emission, expected: Expected | undefined): boolean =>
  expected !== undefined &&
  typeOf(emission) === expected.type &&
  sourceOf(emission) === expected.source &&
  (emission.kind === 'dead-letter' || expected.body?.equals(bodyOf(emission.value)) === true);

const expectedOf = (records: readonly Published[]): readonly Expected[] => {
  let ledger: Ledger = EMPTY_LEDGER;
  const closedBy = new Map<string, ClosedBy>();
  const known = new Set<string>();
  return records.flatMap(({ value }, source): Expected[] => {
    if (value === null || value === POISON.value) return [{ type: 'dead-letter', source, body: null }];
    const command = JSON.parse(value.toString()) as RunCloseRequested;
    if (known.has(command.commandId)) return [];
    known.add(command.commandId);
    const policy = DEFAULT_CHANNEL_POLICY;
    const decision = decide({ ledger, policy, closedBy: closedBy.get(command.runId) }, command);
    if (decision.kind === 'rejected') {
      const type = 'run.close.rejected';
      const event = runCloseRejected(command, decision, eventIdOfCommand(command, type));
      return [{ type, source, body: jsonCodec.encode(type, event) }];
    }
    const closed = runClosed(command, decision, eventIdOfCommand(command, 'run.closed'));
    const summary = runSummary(command, closed, policy, eventIdOfCommand(command, 'run.summary'));
    const change = evolve(ledger, closed);
    if (change !== null) ledger = applyChange(ledger, change);
    closedBy.set(command.runId, { commandId: command.commandId, runnerUserId: closed.runner.userId });
    return [
      { type: 'run.closed', source, body: jsonCodec.encode('run.closed', closed) },
      { type: 'run.summary', source, body: jsonCodec.encode('run.summary', summary) },
    ];
  });
};

/** One channel in two partitions, as with a wrong partitioner, with one command in each. */
export const oneChannelInTwoPartitions = (
  createHandler: Scenario['createHandler'],
  faults: Partial<Faults>,
): Scenario => {
  const first = append(anEmptyKafka(2), 0, published({ commandId: 'c1', runId: 'r1' }));
  return {
    kafka: append(first, 1, published({ commandId: 'c2', runId: 'r2' })),
    batchSizes: [1],
    lostCommits: [],
    recreated: [],
    histories: 'merged',
    wakeUp: () => null,
    createHandler,
    faults: { ...NO_FAULTS, ...faults },
  };
};

/** Either command may come first. The second one is decided on the ledger that the first has left. */
export const eachRunOnItsOwnNumber: Expectation = {
  wrong: (world) => {
    const sequences = closedRuns(world).map(({ sequence }) => sequence);
    return new Set(sequences).size === sequences.length ? null : `runs have the numbers ${sequences.join()}`;
  },
  missing: (world) => {
    const sequences = closedRuns(world).map(({ sequence }) => sequence);
    if (sequences.length !== 2) return `${sequences.length} of 2 runs are closed`;
    const ledger = world.servers.postgres.stored.channels.get('C1');
    return ledger?.head.sequence === 2 ? null : `the ledger stands at run ${ledger?.head.sequence} of 2`;
  },
};

const closedRuns = ({ servers }: World): { readonly sequence: number }[] =>
  servers.kafka.partitions
    .flatMap((_, partition) => visible(servers.kafka, partition))
    .filter((emission) => emission.kind === 'event')
    .filter(({ type }) => type === 'run.closed')
    .map(({ value }) => JSON.parse(bodyOf(value).toString()) as { sequence: number });
