/**
 * Reads month.json: what five channels of one office did in a month. A row of `runs` is one command, written short:
 *
 *     run      which run: the day of the month, and what tells two runs of a day apart
 *     at       when it was asked to close, UTC; on the run's day, unless `day` says another
 *     orders   who ordered, the run's initiator first: `ben` (the usual drink), `ben*2` (two of it), `-ben` (cannot go)
 *     by       who asks to close it, if not the initiator
 *     try      a further command for the same run: another command id
 *     refused  why it is going to be refused
 *     again    the run's first command once more, byte for byte
 *     bytes    a record that is no command at all
 */
import { readFileSync } from 'node:fs';
import type { Order, RunCloseRequested } from '../../src/domain/records.ts';

export type Month = {
  readonly channels: readonly Channel[];
  /** The published records, in order of time. */
  readonly entries: readonly Entry[];
};

export type Channel = {
  readonly channelId: string;
  /** Arguments of `runclose channel set`. */
  readonly settings: readonly string[];
};

export type Entry = { readonly channelId: string; readonly at: number; readonly outcome: string } & (
  | { readonly kind: 'command'; readonly command: RunCloseRequested }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
);

type File = { readonly year: number; readonly month: number; readonly channels: readonly ChannelRows[] };

type ChannelRows = {
  readonly channelId: string;
  readonly channelName: string;
  readonly settings?: string;
  readonly people: readonly Person[];
  readonly runs: readonly Row[];
};

type Person = {
  readonly who: string;
  readonly displayName: string;
  readonly drink: string;
  readonly provenance?: string;
};

type Row = Close | Again | NoCommand;
type When = { readonly run: string; readonly at: string; readonly day?: number };
type Again = When & { readonly again: true };
type NoCommand = When & { readonly bytes: string };
type Close = When & {
  readonly orders: string;
  readonly by?: string;
  readonly try?: number;
  readonly repeatAllowed?: boolean;
  readonly pickup?: string;
  readonly note?: string;
  readonly refused?: string;
};

export const readMonth = (): Month => {
  const file = JSON.parse(readFileSync(new URL('month.json', import.meta.url), 'utf8')) as File;
  return {
    channels: file.channels.map(({ channelId, settings = '' }) => ({
      channelId,
      settings: settings.split(' ').filter(Boolean),
    })),
    entries: file.channels
      .flatMap((channel) => channel.runs.map((row) => entryOf(row, channel, file)))
      .sort((a, b) => a.at - b.at),
  };
};

const entryOf = (row: Row, channel: ChannelRows, file: File): Entry => {
  const { channelId } = channel;
  const at = timeOf(row, file);
  if ('bytes' in row) {
    return { kind: 'bytes', channelId, at, outcome: 'dead-letter', bytes: Buffer.from(row.bytes) };
  }
  if ('again' in row) {
    const command = commandOf(firstOf(row.run, channel), channel, file);
    return { kind: 'command', channelId, at, outcome: 'duplicate', command };
  }
  const command = commandOf(row, channel, file);
  return { kind: 'command', channelId, at, outcome: row.refused ?? 'closed', command };
};

const firstOf = (run: string, { channelId, runs }: ChannelRows): Close => {
  const row = runs.find((candidate): candidate is Close => candidate.run === run && 'orders' in candidate);
  if (row === undefined) throw new Error(`month.json: ${channelId} has no run ${run} to ask for again`);
  return row;
};

const commandOf = (row: Close, channel: ChannelRows, file: File): RunCloseRequested => {
  const runId = `${channel.channelId}-${row.run}`;
  const requestedAt = timeOf(row, file);
  const orders = row.orders
    .split(' ')
    .map((word, index) => orderOf(word, { index, runId, requestedAt }, channel));
  const initiatorUserId = orders[0]?.userId ?? '';
  return {
    commandId: `close-${runId}${row.try === undefined ? '' : `-${row.try}`}`,
    runId,
    channelId: channel.channelId,
    channelName: channel.channelName,
    initiatorUserId,
    actorUserId: row.by ?? initiatorUserId,
    allowConsecutiveRunner: row.repeatAllowed ?? false,
    requestedAt,
    correlationId: null,
    pickupTime: row.pickup === undefined ? null : timeOf({ ...row, at: row.pickup }, file),
    pickupNote: row.note ?? null,
    orders,
  };
};

type Place = { readonly index: number; readonly runId: string; readonly requestedAt: number };

const orderOf = (word: string, { index, runId, requestedAt }: Place, { people }: ChannelRows): Order => {
  const [, cannot, who = '', quantity = '1'] = /^(-?)([a-z]+)(?:\*(\d+))?$/.exec(word) ?? [];
  const person = people.find((candidate) => candidate.who === who);
  if (person === undefined) throw new Error(`month.json: nobody known ordered "${word}" in ${runId}`);
  return {
    orderId: `${runId}-${who}`,
    userId: who,
    slackUserId: null,
    displayName: person.displayName,
    text: person.drink,
    provenance: person.provenance ?? 'manual',
    submittedAt: requestedAt + (index - 12) * MINUTE,
    confirmed: true,
    quantity: Number(quantity),
    canRun: cannot !== '-',
  };
};

const MINUTE = 60_000;

const timeOf = ({ run, at, day = parseInt(run) }: When, { year, month }: File): number =>
  Date.parse(`${year}-${twoDigits(month)}-${twoDigits(day)}T${at}:00Z`);

const twoDigits = (number: number): string => String(number).padStart(2, '0');
