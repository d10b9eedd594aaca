import { type Finding, found, ok } from '../findings.ts';

export type ClockDeps = {
  /** This machine's clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** The clock of Postgres. */
  readonly postgresTime: () => Promise<number>;
  /** Whether the brokers have stamped a command later than this time. */
  readonly hasCommandsAfter: (time: number) => Promise<boolean>;
};

/** Ordinary machines with NTP differ by milliseconds. */
const TOLERATED_MS = 10_000;

/**
 * Compares this machine's clock with those of the servers. No request returns a broker's time, but a command stamped later than now shows
 * that this clock is behind.
 */
export const checkClock = async ({
  now,
  postgresTime,
  hasCommandsAfter,
}: ClockDeps): Promise<readonly Finding[]> => {
  const asked = now();
  const theirs = await postgresTime();
  const answered = now();
  const ours = (asked + answered) / 2;
  const difference = Math.round(ours - theirs);
  // Postgres read its clock at some time between the question and the answer.
  if (Math.abs(difference) - (answered - asked) / 2 > TOLERATED_MS)
    return [
      found('clock', 'clock-wrong', `this machine's clock is ${inWords(difference)} Postgres's clock`, NTP),
    ];
  if (await hasCommandsAfter(answered + TOLERATED_MS))
    return [
      found(
        'clock',
        'clock-wrong',
        `this machine's clock is behind the brokers: they have stamped commands later than now`,
        NTP,
      ),
    ];
  return [ok('clock', `within ${String(TOLERATED_MS / 1_000)} s of the clocks of Postgres and Kafka`)];
};

const inWords = (ms: number): string =>
  `${String(Math.round(Math.abs(ms) / 1_000))} s ${ms < 0 ? 'behind' : 'ahead of'}`;

const NTP = {
  advice:
    'compare the clocks of this machine, of Postgres and of the brokers, and start NTP on the wrong one',
};
