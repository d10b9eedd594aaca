import fc from 'fast-check';
import {
  type ChannelPolicy,
  POLICY_NAMES,
  type PolicyName,
  REPEAT_RULES,
  type RepeatRule,
} from '../../src/domain/channel-policy.ts';
import { type Closed, type Decision } from '../../src/domain/decide.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/domain/ledger.ts';
import type { RunCloseRequested } from '../../src/domain/records.ts';
import { createChannel } from './channel.ts';
import { aCommand, anOrder } from './commands.ts';

/** Asserts a property on the same histories every time. */
export const holds = (property: fc.IProperty<unknown>, numRuns = 500): void => {
  fc.assert(property, { seed: 20_260_105, numRuns });
};

export const aPolicy = (
  policies: readonly PolicyName[] = POLICY_NAMES,
  repeats: readonly RepeatRule[] = REPEAT_RULES,
) =>
  fc.record({
    policy: fc.constantFrom(...policies),
    repeat: fc.constantFrom(...repeats),
    windowRuns: fc.constantFrom(1, 2, 3, 5, 12, 50),
  });

type Shape = {
  /** The largest number of people in the channel. */
  readonly people?: number;
  readonly runs?: number;
  /** The smallest number of people in each run. */
  readonly atLeast?: number;
  readonly everybodyAble?: boolean;
  /** Whether commands allow a second run in a row: always, never, or (by default) now and then. */
  readonly repeatAllowed?: boolean;
};

/** The commands of one channel, in order: some of its people each time. */
export const aHistory = ({
  people = 7,
  runs = 30,
  atLeast = 1,
  everybodyAble = false,
  repeatAllowed,
}: Shape = {}): fc.Arbitrary<RunCloseRequested[]> => {
  const userIds = Array.from(
    { length: people },
    (_, index) => `${['U', 'u', '🙂'][index % 3] ?? ''}${String(index)}`,
  );
  const quantity = fc.oneof(
    { weight: 4, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 100 }) },
  );
  const canRun = everybodyAble ? fc.constant(true) : fc.integer({ min: 0, max: 6 }).map((die) => die > 0);
  const run = fc.record({
    users: fc.shuffledSubarray(userIds, { minLength: atLeast }),
    quantities: fc.array(quantity, { minLength: people, maxLength: people }),
    able: fc.array(canRun, { minLength: people, maxLength: people }),
    allowed:
      repeatAllowed === undefined
        ? fc.integer({ min: 0, max: 4 }).map((die) => die === 0)
        : fc.constant(repeatAllowed),
    salt: fc.nat(),
  });
  return fc.array(run, { minLength: 1, maxLength: runs }).map((all) =>
    all.map(({ users, quantities, able, allowed, salt }, index) =>
      aCommand({
        commandId: `command-${String(index)}`,
        runId: `run-${String(index)}-${String(salt)}`,
        allowConsecutiveRunner: allowed,
        orders: users.map((userId, place) =>
          anOrder({ userId, quantity: quantities[place] ?? 1, canRun: able[place] ?? true }),
        ),
      }),
    ),
  );
};

export type Step = {
  readonly command: RunCloseRequested;
  readonly before: Ledger;
  readonly after: Ledger;
  readonly decision: Decision;
};

export type ClosedStep = Step & { readonly decision: Closed };

/** Decides and folds command after command. */
export const played = (
  commands: readonly RunCloseRequested[],
  policy: Partial<ChannelPolicy> = {},
  start: Ledger = EMPTY_LEDGER,
): readonly Step[] => {
  const channel = createChannel(policy, start);
  return commands.map((command) => {
    const before = channel.ledger();
    const decision = channel.close(command);
    return { command, before, after: channel.ledger(), decision };
  });
};

/** Only the runs that were closed. */
export const closedRuns = (...history: Parameters<typeof played>): readonly ClosedStep[] =>
  played(...history).filter((step): step is ClosedStep => step.decision.kind === 'closed');
