import { CAUSATION_HEADER } from '../../wire/headers.ts';
import { positionNamed } from '../../wire/position.ts';
import type { EmittedRecord } from '../history.ts';
import { placeOf } from './compare-events.ts';
import type { Divergence, Divergences } from './divergence.ts';

/**
 * Pairs missing events with strays: an event that was moved is missing at one place and a stray at another. An event without a partner is
 * reported as missing or as a stray. Memory is limited: if too many events wait for a partner, the oldest one is reported without.
 */
export type MisplacedEvents = {
  missing(divergence: Divergence): void;
  stray(emitted: EmittedRecord, source: string | null): void;
  /** Call this when all commands of the partition up to this offset were compared. */
  passed(partition: number, offset: number): void;
  /** Reports all events that still wait for a partner. */
  flush(): void;
  /** The whole state, from which `createMisplacedEvents` can resume. */
  waiting(): WaitingEvents;
};

export type WaitingEvents = {
  readonly missing: ReadonlyMap<string, Divergence>;
  readonly strays: ReadonlyMap<string, Divergence>;
  readonly passed: ReadonlyMap<number, number>;
};

const MAX_WAITING_EVENTS = 10_000;

export const createMisplacedEvents = (
  divergences: Divergences,
  resumeFrom?: WaitingEvents,
): MisplacedEvents => {
  const missing = new Map(resumeFrom?.missing);
  const strays = new Map(resumeFrom?.strays);
  const passed = new Map(resumeFrom?.passed);

  /** Whether the command of this source was already compared. If so, and its event is not missing, a stray is a second copy. */
  const hasPassed = (source: string | null): boolean => {
    const at = positionNamed(source ?? '');
    return at !== null && at.offset <= (passed.get(at.partition) ?? -1);
  };

  const outOfOrder = (event: Divergence, place: string): void =>
    divergences.add({
      ...event,
      code: 'EVENT_OUT_OF_ORDER',
      where: place,
      field: 'place',
      expected: 'in the order of the commands',
      found: place,
    });

  const wait = (waiting: Map<string, Divergence>, key: string, divergence: Divergence): void => {
    waiting.set(key, divergence);
    if (waiting.size <= MAX_WAITING_EVENTS) return;
    const [oldest] = waiting;
    if (oldest === undefined) return;
    waiting.delete(oldest[0]);
    divergences.add(oldest[1]);
  };

  return {
    missing: (divergence) => {
      const key = keyOf(divergence.where, divergence.source);
      const stray = strays.get(key);
      if (stray === undefined) {
        wait(missing, key, divergence);
        return;
      }
      strays.delete(key);
      outOfOrder(divergence, stray.where);
    },
    stray: (emitted, source) => {
      const key = keyOf(emitted.kind, source);
      const place = placeOf(emitted);
      const lacking = missing.get(key);
      if (lacking !== undefined) {
        missing.delete(key);
        outOfOrder(lacking, place);
        return;
      }
      const divergence = strayOf(emitted, source);
      if (hasPassed(source)) divergences.add({ ...divergence, code: 'EVENT_DOUBLED' });
      else if (source === null || strays.has(key)) divergences.add(divergence);
      else wait(strays, key, divergence);
    },
    passed: (partition, offset) => {
      passed.set(partition, offset);
    },
    waiting: () => ({ missing, strays, passed }),
    flush: () => {
      for (const waiting of [missing, strays]) {
        for (const divergence of waiting.values()) divergences.add(divergence);
        waiting.clear();
      }
    },
  };
};

const keyOf = (kind: string, source: string | null): string => `${kind} ${source ?? ''}`;

const strayOf = (emitted: EmittedRecord, source: string | null): Divergence => {
  const { key, headers } = emitted.record;
  const header = (name: string): string | null =>
    headers.findLast(([each]) => each === name)?.[1]?.toString('utf8') ?? null;
  return {
    code: 'EVENT_UNEXPECTED',
    channelId: key?.toString('utf8') ?? null,
    runId: header('ce_subject'),
    commandId: header(CAUSATION_HEADER),
    source,
    where: placeOf(emitted),
    field: 'record',
    expected: 'none',
    found: source === null ? 'one that names no command' : 'one whose command is not there',
  };
};
