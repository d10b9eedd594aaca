/** Checks what a test passes to RunClose in memory: a misspelt name would have no effect, and the test would pass for the wrong reason. */
import {
  expectArgument,
  expectOptions,
  faultsOfHeaders,
  filledText,
  must,
  optional,
  refuse,
} from '../sdk/call-check.ts';
import { isPlainObject } from '../sdk/plain-object.ts';
import { EVENT_TYPES } from '../wire/event-types.ts';
import { SERVERS } from './memory-servers.ts';

export const expectKitOptions = (options: unknown): void => {
  expectOptions('createTestRunClose', options, {
    partitions: optional(wholeNumber('partitions', 1)),
    now: optional(
      must('now', 'a valid Date', (value) => value instanceof Date && !Number.isNaN(value.getTime())),
    ),
  });
};

export const expectChannel = (channel: unknown): void => {
  expectArgument('given', channel, {
    channelId: filledText('channelId'),
    policy: optional(must('policy', 'an object', isPlainObject)),
    pastRuns: optional(must('pastRuns', 'a list of { runner, members }', isListOfPastRuns)),
  });
};

/** The fields of the command are checked when it is published. */
export const expectCommandChanges = (more: unknown): void => {
  refuse(must('the argument of command', 'an object: { members, … }', isPlainObject)(more));
  refuse(
    optional(must('members', 'a list of user ids', isListOfTexts))((more as { members?: unknown }).members),
  );
};

export const expectRecord = (topic: unknown, record: unknown): void => {
  expectTopic(topic);
  expectArgument('put', record, {
    key: must('key', 'a text', (value) => typeof value === 'string'),
    value: must('value', 'a Buffer', (value) => Buffer.isBuffer(value)),
    headers: faultsOfHeaders,
  });
};

export const expectTopic = (topic: unknown): void => {
  refuse(filledText('topic')(topic));
};

export const expectEventType = (type: unknown): void => {
  refuse(oneOf('the type of event', EVENT_TYPES)(type));
};

export const expectServer = (server: unknown): void => {
  refuse(oneOf('the server', SERVERS)(server));
};

export const expectCount = (count: unknown): void => {
  refuse(wholeNumber('count', 1)(count));
};

/** The clock never goes back. */
export const expectTime = (milliseconds: unknown): void => {
  refuse(wholeNumber('milliseconds', 0)(milliseconds));
};

const wholeNumber = (name: string, least: number) =>
  must(
    name,
    `a whole number from ${String(least)}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= least,
  );

const oneOf = (name: string, names: readonly string[]) =>
  must(name, `one of ${names.join(', ')}`, (value) => names.includes(String(value)));

const isListOfTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const isListOfPastRuns = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(
    (run) =>
      isPlainObject(run) &&
      typeof run['runner'] === 'string' &&
      (run['members'] === undefined || isListOfTexts(run['members'])) &&
      Object.keys(run).every((name) => ['runner', 'members'].includes(name)),
  );
