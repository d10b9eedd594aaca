import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { createRandom } from '../random.ts';
import { createOffice, type Office } from './office.ts';
import { POISON_KINDS, poisoned } from './poison.ts';
import type { StreamRecord } from './stream-record.ts';

/** Records that are sent together. */
export type Portion = {
  readonly records: readonly StreamRecord[];
  /** `interleaved`: two transactional producers send one half each, at the same time. The pair says how each transaction ends. */
  readonly sent: 'plainly' | { readonly interleaved: readonly [End, End] };
  /** Commands in transactions that are going to be aborted. */
  readonly abortedCommandIds: readonly string[];
};

export type End = 'commit' | 'abort';

export interface Stream {
  readonly total: number;
  /** How often each kind of record was produced so far. */
  readonly counts: ReadonlyMap<string, number>;
  /** From now on, new channels are spread over this number of partitions. A known channel stays in its partition. */
  growTo: (partitions: number) => void;
  /** The next records; undefined when all have been taken. */
  next: () => Portion | undefined;
  /**
   * One more command for each partition that has a channel. If Postgres lost commits of an idle partition, the processor notices with the
   * next record.
   */
  last: () => Portion;
  /** For topics that were created again: old commands, sent again as a publisher would, and about as many new ones. */
  later: (records: number) => Portion;
}

export type StreamOptions = {
  readonly seed: number;
  readonly commands: number;
  readonly partitions: number;
  /** In the wire format. */
  readonly encode: (command: RunCloseRequested) => Buffer;
};

const POISON = 0.01;
const DUPLICATES = 0.02;
/** Records that are sent together: more of them in a longer stream, so that publishing keeps up. */
const PORTION = { least: 20, most: 200, inAll: 500 };
const TRANSACTIONAL = 0.1;
/** Poison records in a row, without a good record between them. */
const BURST = 10;
const STARTS_AT = Date.UTC(2026, 0, 5, 8, 0);

/** The same seed gives the same records, except for the partitions of channels that appear after `growTo`. */
export const createStream = ({ seed, commands, partitions, encode }: StreamOptions): Stream => {
  const random = createRandom(seed, 'stream');
  const counts = new Map<string, number>();
  const offices: { office: Office; partition: number }[] = [];
  const past: { command: RunCloseRequested; partition: number }[] = [];
  const mostOffices = Math.min(400, Math.max(24, Math.ceil(commands / 40)));
  const portion = Math.min(PORTION.most, Math.max(PORTION.least, Math.round(commands / PORTION.inAll)));
  let width = partitions;
  let taken = 0;
  let poisons = 0;
  let abortedNumber = 0;

  const count = (kind: string): void => {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };

  const openOffice = (): { office: Office; partition: number } => {
    const channelId = `C${offices.length}`;
    const entry = {
      office: createOffice(channelId, random, STARTS_AT),
      partition: partitionOf(Buffer.from(channelId), width),
    };
    offices.push(entry);
    return entry;
  };
  const someOffice = (): { office: Office; partition: number } => {
    // New channels appear throughout the stream, so that added partitions get channels, too.
    const wanted = Math.ceil((mostOffices * (taken + commands / 4)) / (commands * 1.25));
    return offices.length < wanted
      ? openOffice()
      : (offices[random.between(0, offices.length - 1)] ?? openOffice());
  };

  const recordOf = (
    command: RunCloseRequested,
    partition: number,
    key = command.channelId,
  ): StreamRecord => ({
    partition,
    key: Buffer.from(key),
    value: encode(command),
    headers: random.chance(0.2) ? [['traceparent', `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`]] : [],
  });

  const remembered = (): { command: RunCloseRequested; partition: number } | undefined => {
    const near = random.chance(0.5);
    const index = near
      ? past.length - 1 - random.between(0, Math.min(portion, past.length) - 1)
      : random.between(0, past.length - 1);
    return past[index];
  };

  const good = (): StreamRecord => {
    const { office, partition } = someOffice();
    const command = office.nextCommand(taken);
    past.push({ command, partition });
    count('new command');
    return recordOf(command, partition);
  };

  const goodIn = ({ office, partition }: (typeof offices)[number]): StreamRecord => {
    taken += 1;
    count('new command');
    return recordOf(office.nextCommand(taken), partition);
  };

  const bad = (): StreamRecord => {
    const { partition, ...record } = good();
    const kind = POISON_KINDS[poisons % POISON_KINDS.length] ?? '';
    poisons += 1;
    past.pop();
    count('poison');
    counts.set('new command', (counts.get('new command') ?? 1) - 1);
    return { ...record, partition, ...poisoned(kind, record.value ?? Buffer.alloc(0), random) };
  };

  /** A publisher that retries sends the same bytes, or a new time and correlation id. */
  const publishAgain = ({ command, partition }: (typeof past)[number]): StreamRecord => {
    const fresh = { requestedAt: command.requestedAt + 1_000, correlationId: `try-${taken}` };
    return recordOf(random.chance(0.5) ? { ...command, ...fresh } : command, partition);
  };

  /** A record of every other kind. */
  const one = (): StreamRecord => {
    taken += 1;
    const die = random.next();
    const known = past.length > 0 ? remembered() : undefined;
    if (die < POISON) return bad();
    if (known === undefined) return good();
    const { command, partition } = known;
    if (die < POISON + DUPLICATES) {
      count('duplicate');
      return publishAgain(known);
    }
    if (die < 0.04) {
      count('second command for a run');
      return recordOf({ ...command, commandId: `cmd-${taken}-second` }, partition);
    }
    if (die < 0.045) {
      count('reused command id');
      return recordOf({ ...command, runId: `run-${taken}-other` }, partition);
    }
    if (die < 0.055) {
      count('invalid command');
      return invalid(command, partition);
    }
    return good();
  };

  const invalid = (command: RunCloseRequested, partition: number): StreamRecord => {
    const id = { commandId: `cmd-${taken}-invalid`, runId: `run-${taken}-invalid` };
    return random.pick([
      () => recordOf({ ...command, ...id, runId: '' }, partition),
      () => recordOf({ ...command, ...id }, partition, 'another key'),
      () => recordOf({ ...command, ...id, actorUserId: 'U\u0007' }, partition),
      () =>
        recordOf(
          { ...command, ...id, orders: [...command.orders, ...command.orders.slice(0, 1)], requestedAt: -1 },
          partition,
        ),
    ])();
  };

  const aborted = (): { record: StreamRecord; commandId: string } => {
    abortedNumber += 1;
    const { office, partition } = someOffice();
    const commandId = `cmd-aborted-${abortedNumber}`;
    const command = { ...office.nextCommand(taken), commandId, runId: `run-aborted-${abortedNumber}` };
    count('aborted command');
    return { record: recordOf(command, partition), commandId };
  };

  const interleaved = (): Portion => {
    const ends = random.pick<[End, End]>([
      ['commit', 'abort'],
      ['abort', 'commit'],
      ['abort', 'abort'],
    ]);
    const records: StreamRecord[] = [];
    const abortedCommandIds: string[] = [];
    for (let index = 0; index < portion && taken < commands; index += 1) {
      if (ends[index % 2] === 'commit') records.push(one());
      else {
        const { record, commandId } = aborted();
        records.push(record);
        abortedCommandIds.push(commandId);
      }
    }
    return { records, sent: { interleaved: ends }, abortedCommandIds };
  };

  return {
    total: commands,
    counts,
    growTo: (wider) => {
      width = wider;
    },
    last: () => {
      const partitions = new Map(offices.map((entry) => [entry.partition, entry]));
      return { records: [...partitions.values()].map(goodIn), sent: 'plainly', abortedCommandIds: [] };
    },
    later: (wanted) => {
      const records = Array.from({ length: wanted }, () => {
        taken += 1;
        const known = random.chance(0.5) ? past[random.between(0, past.length - 1)] : undefined;
        if (known === undefined) return good();
        count('command of the former topic');
        return publishAgain(known);
      });
      return { records, sent: 'plainly', abortedCommandIds: [] };
    },
    next: () => {
      if (taken >= commands) return undefined;
      const burst = taken > commands / 2 && poisons < commands && !counts.has('burst of poison');
      if (burst) {
        count('burst of poison');
        const records = Array.from({ length: Math.min(BURST, commands - taken) }, () => {
          taken += 1;
          return bad();
        });
        return { records, sent: 'plainly', abortedCommandIds: [] };
      }
      if (random.chance(TRANSACTIONAL)) return interleaved();
      const records: StreamRecord[] = [];
      while (records.length < portion && taken < commands) records.push(one());
      return { records, sent: 'plainly', abortedCommandIds: [] };
    },
  };
};
