/** One place where a `run.closed` event contradicts the events before it. */
export type EventDivergence = {
  readonly code: EventDivergenceCode;
  readonly channelId: string;
  readonly runId: string;
  readonly sequence: number;
  /** The position of the event, as the caller gave it. */
  readonly position: string;
  /** For example `fairness.ranking[2].balance`; the index is that of the ranking in the event. */
  readonly field: string;
  /** The person, if the divergence is about one person. */
  readonly userId: string | null;
  readonly expected: unknown;
  readonly found: unknown;
};

export type EventDivergenceCode =
  /** These sequences have no event, but later ones have. */
  | 'EVENT_MISSING'
  /** The same event again. */
  | 'EVENT_DOUBLED'
  /** The event of a later run comes before it in the log. */
  | 'EVENT_REORDERED'
  /** Another event already has this sequence. */
  | 'SEQUENCE_TAKEN'
  | 'SEQUENCE_IMPOSSIBLE'
  /** The id is not that of this channel and command. */
  | 'EVENT_ID_DIFFERS'
  /** The policy version contradicts earlier events. */
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
  /** After missing runs, a person cannot have the numbers that the event names. */
  | 'STARTING_NUMBERS_IMPOSSIBLE'
  | 'CHARGES_DO_NOT_SUM'
  | 'BALANCES_DO_NOT_SUM';

/** A divergence without the event that it is about. */
export type Finding = Pick<EventDivergence, 'code' | 'field' | 'userId' | 'expected' | 'found'>;

/** A finding about the run as a whole. */
export const finding = (
  code: EventDivergenceCode,
  field: string,
  expected: unknown,
  found: unknown,
): Finding => ({ code, field, userId: null, expected, found });
