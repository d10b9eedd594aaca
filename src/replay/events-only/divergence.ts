/** One place where a `run.closed` event is not what the events before it lead to. */
export type EventDivergence = {
  readonly code: EventDivergenceCode;
  readonly channelId: string;
  readonly runId: string;
  readonly sequence: number;
  /** Where the event stands, as the caller told. */
  readonly position: string;
  /** `fairness.ranking[2].balance`: by place in the ranking that was found. */
  readonly field: string;
  /** Whom it is about, where it is about one person. */
  readonly userId: string | null;
  readonly expected: unknown;
  readonly found: unknown;
};

export type EventDivergenceCode =
  /** No event of these sequences, and later ones. */
  | 'EVENT_MISSING'
  /** The same event again. */
  | 'EVENT_DOUBLED'
  /** A later run's event stands before it. */
  | 'EVENT_REORDERED'
  /** Another event has this sequence already. */
  | 'SEQUENCE_TAKEN'
  | 'SEQUENCE_IMPOSSIBLE'
  /** The id is not that of this channel and command. */
  | 'EVENT_ID_DIFFERS'
  /** A version of the policy that contradicts what earlier events say. */
  | 'POLICY_VERSION_CONTRADICTED'
  | 'POLICY_UNKNOWN'
  | 'WINDOW_OUT_OF_RANGE'
  | 'REPEAT_RULE_UNKNOWN'
  | 'QUANTITY_OUT_OF_RANGE'
  | 'PERSON_TWICE'
  | 'NOBODY_ABLE'
  | 'RUNNER_DIFFERS'
  | 'RUNNER_NAME_DIFFERS'
  | 'PARTICIPANT_COUNT_DIFFERS'
  | 'UNIT_DIFFERS'
  | 'REASON_DIFFERS'
  | 'EXPLANATION_DIFFERS'
  | 'RANKING_ORDER_DIFFERS'
  | 'RANK_DIFFERS'
  | 'SERVED_DIFFERS'
  | 'SERVED_IN_WINDOW_DIFFERS'
  | 'BALANCE_DIFFERS'
  | 'CHARGE_DIFFERS'
  | 'LAST_SERVED_DIFFERS'
  | 'EXCLUSION_DIFFERS'
  /** What somebody is said to have begun with, where earlier runs are gone, cannot be. */
  | 'STARTING_NUMBERS_IMPOSSIBLE'
  | 'CHARGES_DO_NOT_SUM'
  | 'BALANCES_DO_NOT_SUM';

/** A divergence before it is known where it stands. */
export type Finding = Pick<EventDivergence, 'code' | 'field' | 'userId' | 'expected' | 'found'>;

/** About the run as a whole. */
export const finding = (
  code: EventDivergenceCode,
  field: string,
  expected: unknown,
  found: unknown,
): Finding => ({ code, field, userId: null, expected, found });
