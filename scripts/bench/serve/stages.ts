import { randomUUID } from 'node:crypto';
import { createRecordCodec } from '../../../src/avro/record-codec.ts';
import { loadSchemas, RECORD_TOPICS } from '../../../src/avro/schema-files.ts';
import { createSchemaIds } from '../../../src/avro/schema-ids.ts';
import { createSchemaRegistry } from '../../../src/avro/schema-registry.ts';
import { createTransactionalOutput } from '../../../src/kafka/produce/transactional-output.ts';
import { createDecisionStore } from '../../../src/postgres/decision-store.ts';
import { createPool } from '../../../src/postgres/pool.ts';
import { createCloseRuns } from '../../../src/processor/close-runs.ts';
import { contentHash } from '../../../src/processor/content-hash.ts';
import { NO_TRACE } from '../../../src/processor/no-traces.ts';
import type { BatchState, DecisionStore } from '../../../src/processor/ports/decision-store.ts';
import type { Decoded, RecordCodec } from '../../../src/processor/ports/record-codec.ts';
import type { EventOf, EventType } from '../../../src/wire/event-types.ts';
import type { InputBatch } from '../../../src/processor/ports/input-record.ts';
import { root } from '../../stack/folders.ts';
import type { Measured } from '../part.ts';
import { openRoom } from './room.ts';
import { createStopwatches, type Stage, type Stopwatches } from './stopwatches.ts';
import type { TrialDeps } from './trial.ts';
import { recordsOf, type CommandRecord } from './workload.ts';

/** As many as in a batch of `serve`. */
const BATCH_COMMANDS = 500;
const WARM_UP_BATCHES = 8;

/** Measures where the time of a command goes: runs the product's own parts on real servers, batch after batch in one partition. */
export const measureStages = async (commands: number, deps: TrialDeps): Promise<Measured> => {
  const { servers, workload, progress, signal } = deps;
  progress.say(`Stages: ${String(commands)} commands…`);
  const room = await openRoom(servers, root, 1);
  const registry = createSchemaRegistry({ url: servers.variables['SCHEMA_REGISTRY_URL'] ?? '' });
  const pool = await createPool({ url: room.databaseUrl, poolSize: 2 }, 'bench stages');
  const watches = createStopwatches();
  try {
    const seen: Seen = { commands: [], events: [] };
    const schemas = loadSchemas();
    const topicPrefix = room.variables['TOPIC_PREFIX'] ?? '';
    const schemaIds = createSchemaIds({ registry, schemas, topicPrefix, topics: RECORD_TOPICS });
    const codec = createRecordCodec({ schemas, registry, schemaIds, topicPrefix });
    const fingerprint = codec.fingerprint.bind(codec);
    const { groupId, names } = room;
    const topic = names.requested;
    const store = createDecisionStore({ pool, groupId, topic, fingerprint });
    const log = { clusterId: 'bench', inputId: null, outputsId: null };
    const grant = await store.takeLease({ partition: 0, holder: randomUUID(), generation: 1, log });
    if (grant.kind !== 'granted') throw new Error(`the lease of ${topic}/0 is not granted: ${grant.kind}`);
    const output = createTransactionalOutput({ client: servers.client, groupId, names });
    const producer = await output.fence(0);
    const closeRuns = createCloseRuns({
      store: timedStore(store, watches),
      codec: timedCodec(codec, seen, watches),
      breakers: { run: (_dependency, work) => work() },
      groupId,
      topic,
    });
    const under = { lease: grant.lease, storedBefore: null as number | null, inputKnownFrom: null };
    try {
      let count = 0;
      for (const batch of batchesOf(
        recordsOf({ ...workload, commands, partitions: 1 }, servers.commandSchemaId),
      )) {
        signal.throwIfAborted();
        const stored = await watches.time('around the store', () =>
          closeRuns.decideAndStore(batch, under, NO_TRACE),
        );
        under.storedBefore = batch.end;
        await watches.time('around emitting', () =>
          closeRuns.emit(
            stored,
            {
              ...producer,
              publish: (emissions, end) => watches.time('emit', () => producer.publish(emissions, end)),
            },
            NO_TRACE,
          ),
        );
        repeatTimed(seen, codec, watches);
        count += 1;
        if (count === WARM_UP_BATCHES) watches.reset();
      }
    } finally {
      await producer.dispose();
    }
  } finally {
    await pool.end();
    await room.remove();
  }
  return stagesTable(watches, commands - WARM_UP_BATCHES * BATCH_COMMANDS);
};

/** The content of a batch, for running its steps again separately. */
type Seen = { commands: Decoded[]; events: (readonly [type: EventType, event: EventOf[EventType]])[] };

const timedStore = (store: DecisionStore, watches: Stopwatches): DecisionStore => ({
  ...store,
  closeRuns: (lease, range, claims, decide) =>
    watches.time('store', () =>
      store.closeRuns(lease, range, claims, (state: BatchState) =>
        watches.timeSync('decide', () => decide(state)),
      ),
    ),
});

const timedCodec = (codec: RecordCodec, seen: Seen, watches: Stopwatches): RecordCodec => ({
  ...codec,
  decode: async (values) => (seen.commands = [...(await watches.time('decode', () => codec.decode(values)))]),
  encode: (type, event) => {
    seen.events.push([type, event]);
    return codec.encode(type, event);
  },
});

/** A stopwatch around each command would measure itself. */
const repeatTimed = (seen: Seen, codec: RecordCodec, watches: Stopwatches): void => {
  watches.timeSync('hash', () => {
    for (const decoded of seen.commands) if (decoded.kind === 'command') contentHash(decoded.command);
  });
  watches.timeSync('encode', () => {
    for (const [type, event] of seen.events) codec.encode(type, event);
  });
  seen.events = [];
};

function* batchesOf(records: Iterable<CommandRecord>): Generator<InputBatch> {
  let batch: InputBatch['records'][number][] = [];
  let first = 0;
  for (const { key, value } of records) {
    batch.push({ offset: first + batch.length, key, value, timestamp: 0, headers: [] });
    if (batch.length < BATCH_COMMANDS) continue;
    yield { partition: 0, first, end: first + batch.length, records: batch };
    first += batch.length;
    batch = [];
  }
}

const stagesTable = (watches: Stopwatches, commands: number): Measured => {
  const of = (name: string) => watches.of(name);
  const minus = (whole: Stage, ...parts: readonly Stage[]): Stage => ({
    cpuSeconds: parts.reduce((rest, part) => rest - part.cpuSeconds, whole.cpuSeconds),
    seconds: parts.reduce((rest, part) => rest - part.seconds, whole.seconds),
  });
  const stages: readonly (readonly [string, Stage])[] = [
    ['decode', of('decode')],
    [
      'order: validate, and say what to look up',
      minus(of('around the store'), of('decode'), of('store'), of('hash')),
    ],
    ['decide: pick, words, ledger', minus(of('decide'), of('encode'))],
    ['hash the content', of('hash')],
    ['encode', of('encode')],
    ['store: read, write, commit', minus(of('store'), of('decide'))],
    ['frame, headers', minus(of('around emitting'), of('emit'))],
    ['emit: one transaction', of('emit')],
  ];
  const each = (seconds: number): number => (1e6 * seconds) / commands;
  return {
    part: 'serve: where a command’s time goes',
    beside:
      'one partition, batches of 500, one after the other; µs a command; what is not CPU is waiting for a server',
    rows: [
      ...stages.map(([stage, { cpuSeconds, seconds }]) => ({
        stage,
        'CPU µs': each(cpuSeconds),
        µs: each(seconds),
      })),
      {
        stage: 'all',
        'CPU µs': each(of('around the store').cpuSeconds + of('around emitting').cpuSeconds),
        µs: each(of('around the store').seconds + of('around emitting').seconds),
      },
    ],
  };
};
