import type { Order, RunCloseRequested } from '../domain/records.ts';
import { withMarks } from './content-marks.ts';
import { sha256 } from './sha256.ts';

/**
 * The values that the schema fills in if a publisher leaves a field out. The hash skips fields that have their default, so adding a field
 * to the schema does not change the hashes of earlier commands.
 */
export const COMMAND_DEFAULTS = {
  channelName: null,
  allowConsecutiveRunner: false,
  correlationId: null,
  pickupTime: null,
  pickupNote: null,
} as const satisfies Partial<RunCloseRequested>;

export const ORDER_DEFAULTS = {
  slackUserId: null,
  provenance: 'manual',
  confirmed: true,
  quantity: 1,
  canRun: true,
} as const satisfies Partial<Order>;

/** A command without the fields that a publisher sets for each try, so that two tries of one command have the same content. */
export const contentOf = (command: RunCloseRequested): RunCloseRequested => ({
  ...command,
  requestedAt: 0,
  correlationId: null,
});

/** All fields of a command except its orders and the fields that `contentOf` resets. */
export const COMMAND_FIELDS = [
  'commandId',
  'runId',
  'channelId',
  'channelName',
  'initiatorUserId',
  'actorUserId',
  'allowConsecutiveRunner',
  'pickupTime',
  'pickupNote',
] as const satisfies readonly (keyof RunCloseRequested)[];

export const ORDER_FIELDS = [
  'orderId',
  'userId',
  'slackUserId',
  'displayName',
  'text',
  'provenance',
  'submittedAt',
  'confirmed',
  'quantity',
  'canRun',
] as const satisfies readonly (keyof Order)[];

/**
 * SHA-256 over the content of a command, including the order of its orders; marks of its fields replace the last bytes. Equal hashes mean
 * the same content. Takes 4.5 µs with five orders; hashing JSON took 10 µs.
 */
export const contentHash = (command: RunCloseRequested): Buffer => {
  let text = saidIn(command, OF_COMMAND);
  for (const order of command.orders) text += `;${saidIn(order, OF_ORDER)}`;
  return withMarks(sha256(text), command);
};

type Value = string | number | boolean | null;
type Field<Name> = readonly [name: Name, byDefault: Value | undefined];

const withDefaults = <Name extends string>(
  names: readonly Name[],
  defaults: Readonly<Partial<Record<Name, Value>>>,
): readonly Field<Name>[] => names.map((name) => [name, defaults[name]]);

const OF_COMMAND = withDefaults(COMMAND_FIELDS, COMMAND_DEFAULTS);
const OF_ORDER = withDefaults(ORDER_FIELDS, ORDER_DEFAULTS);

/** Writes the length of each text before the text, so that no text can be mistaken for the field after it. */
const saidIn = <Name extends string>(
  record: Readonly<Record<Name, Value>>,
  fields: readonly Field<Name>[],
): string => {
  let said = '';
  for (const [name, byDefault] of fields) {
    const value = record[name] as Value | undefined;
    if (value === undefined || value === byDefault) continue;
    said +=
      typeof value === 'string' ? `${name}${String(value.length)}:${value}` : `${name}=${String(value)},`;
  }
  return said;
};
