import type { Order, RunCloseRequested } from '../domain/records.ts';
import { MAX_BYTES_PER_UNIT, writeText } from '../wire/text-bytes.ts';
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

const SEMICOLON = 0x3b;

/**
 * SHA-256 over the content of a command, including the order of its orders; marks of its fields replace the last bytes. Equal hashes mean
 * the same content. Writes bytes, because building a text of the same fields takes twice as long and leaves 5 kB of garbage.
 */
export const contentHash = (command: RunCloseRequested): Buffer => {
  let end = writeFields(0, command, OF_COMMAND);
  for (const order of command.orders) {
    room[end] = SEMICOLON;
    end = writeFields(end + 1, order, OF_ORDER);
  }
  return withMarks(sha256(room.subarray(0, end)), command);
};

type Value = string | number | boolean | null;
type Field<Name> = { readonly name: Name; readonly label: Buffer; readonly byDefault: Value | undefined };

const withDefaults = <Name extends string>(
  names: readonly Name[],
  defaults: Readonly<Partial<Record<Name, Value>>>,
): readonly Field<Name>[] =>
  names.map((name) => ({ name, label: Buffer.from(name), byDefault: defaults[name] }));

const OF_COMMAND = withDefaults(COMMAND_FIELDS, COMMAND_DEFAULTS);
const OF_ORDER = withDefaults(ORDER_FIELDS, ORDER_DEFAULTS);
const COLON = 0x3a;
const EQUALS = 0x3d;
const COMMA = 0x2c;
/** More than a label, a number, and the signs around them. */
const MAX_BYTES_BESIDE_TEXT = 64;

/** Writes the length of each text before the text, so that no text can be mistaken for the field after it. Returns the end. */
const writeFields = <Name extends string>(
  begin: number,
  record: Readonly<Record<Name, Value>>,
  fields: readonly Field<Name>[],
): number => {
  let at = begin;
  for (const { name, label, byDefault } of fields) {
    const value = record[name] as Value | undefined;
    if (value === undefined || value === byDefault) continue;
    const units = typeof value === 'string' ? value.length : 0;
    reserve(at + MAX_BYTES_BESIDE_TEXT + MAX_BYTES_PER_UNIT * units);
    room.set(label, at);
    at += label.length;
    if (typeof value === 'string') {
      at += writeText(room, at, String(units));
      room[at] = COLON;
      at += 1 + writeText(room, at + 1, value);
    } else {
      room[at] = EQUALS;
      at += 1 + writeText(room, at + 1, String(value));
      room[at] = COMMA;
      at += 1;
    }
  }
  return at;
};

// Reused by all calls. Leaves room for the sign before the next order.
let room = Buffer.allocUnsafeSlow(16 * 1024);

const reserve = (end: number): void => {
  if (end + 1 > room.length) room = Buffer.concat([room], 2 * end);
};
