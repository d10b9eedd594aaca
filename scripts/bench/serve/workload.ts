import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { createRecordEncoder } from '../../../src/avro/record-encoder.ts';
import { frame } from '../../../src/wire/frame.ts';
import type { Order, RunCloseRequested } from '../../../src/domain/records.ts';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { createRandom } from '../../chaos/random.ts';

export type Workload = {
  readonly commands: number;
  readonly channels: number;
  /** Orders in each command. */
  readonly orders: number;
  /** How many people order in a channel by turns. */
  readonly members: number;
  readonly partitions: number;
};

/** The workload of the figures in the documentation. */
export const USUAL: Workload = { commands: 200_000, channels: 2_000, orders: 5, members: 10, partitions: 6 };

export type CommandRecord = { readonly partition: number; readonly key: Buffer; readonly value: Buffer };

const SEED = 7;
const STARTS_AT = Date.UTC(2026, 0, 5, 8);
const DRINKS = [
  'Flat white',
  'Espresso',
  'Cappuccino, oat',
  'Earl Grey',
  'Filter, black',
  'Hot chocolate',
] as const;
const NAMES = ['Ana', 'Ben', 'Chloë', 'Dmitri', 'Efua', 'Fatima', 'Göran', 'Hélène', 'Ines', 'Jun'] as const;

/** Gives the same commands each time. Every command closes a run. Channels come in random order, people in turns. */
export function* commandsOf({ commands, channels, orders, members }: Workload): Generator<RunCloseRequested> {
  const random = createRandom(SEED, 'workload');
  for (let number = 0; number < commands; number += 1)
    yield commandOf({
      number,
      channel: random.between(0, channels - 1),
      orders,
      members: Math.max(members, orders),
    });
}

/** The commands as records of the input topic. */
export function* recordsOf(workload: Workload, schemaId: number): Generator<CommandRecord> {
  const encode = createRecordEncoder<RunCloseRequested>(loadSchemas()['run.close.requested'].type);
  for (const command of commandsOf(workload)) {
    const key = Buffer.from(command.channelId);
    yield { key, value: frame(schemaId, encode(command)), partition: partitionOf(key, workload.partitions) };
  }
}

type Shape = {
  readonly number: number;
  readonly channel: number;
  readonly orders: number;
  readonly members: number;
};

const commandOf = ({ number, channel, orders, members }: Shape): RunCloseRequested => {
  const channelId = `C${String(channel).padStart(6, '0')}`;
  const requestedAt = STARTS_AT + 60_000 * number;
  const users = Array.from({ length: orders }, (_, index) => (number * orders + index) % members);
  const initiatorUserId = userIdOf(channelId, users[0] ?? 0);
  return {
    commandId: `cmd-${number}`,
    runId: `run-${number}`,
    channelId,
    channelName: `coffee-${channel}`,
    initiatorUserId,
    actorUserId: initiatorUserId,
    allowConsecutiveRunner: false,
    requestedAt,
    correlationId: `trace-${number}`,
    pickupTime: requestedAt + 900_000,
    pickupNote: null,
    orders: users.map((user, index) => orderOf(number, channelId, user, requestedAt - 60_000 * (index + 1))),
  };
};

const orderOf = (number: number, channelId: string, user: number, submittedAt: number): Order => ({
  orderId: `o-${number}-${user}`,
  userId: userIdOf(channelId, user),
  slackUserId: `W${channelId}${user}`,
  displayName: NAMES[user % NAMES.length] ?? NAMES[0],
  text: DRINKS[(number + user) % DRINKS.length] ?? DRINKS[0],
  provenance: 'manual',
  submittedAt,
  confirmed: true,
  quantity: 1,
  canRun: true,
});

const userIdOf = (channelId: string, user: number): string => `U${channelId}-${user}`;

/** The next ones of an endless stream. */
export function* take<T>(items: Iterator<T>, count: number): Generator<T> {
  for (let taken = 0; taken < count; taken += 1) {
    const next = items.next();
    if (next.done === true) return;
    yield next.value;
  }
}
