import { Failure } from '../../processor/failure.ts';
import type { Membership } from '../../processor/ports/batch-handler.ts';
import { kafkaFailure, protocolErrorOf } from '../client/failures.ts';
import { KafkaJSProtocolError } from '../patches/kafkajs.ts';

/** The broker's errors that only joining the group again resolves. */
const REJOIN = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
  'NOT_COORDINATOR_FOR_GROUP',
]);

export const mustRejoin = (thrown: unknown): boolean => REJOIN.has(protocolErrorOf(thrown) ?? '');

/** An error that, thrown from the handler of a batch, makes kafkajs join the group again. */
export const rejoinGroup = (): Error =>
  new KafkaJSProtocolError(
    Object.assign(new Error('the partition belongs to a newer generation of the group'), {
      type: 'REBALANCE_IN_PROGRESS',
      retriable: false,
    }),
  );

export type MembershipDeps = {
  readonly generation: number;
  readonly isCurrent: () => boolean;
  /** True when the consumer stops: it then finishes the batches in flight, but retries nothing. */
  readonly isStopping: () => boolean;
  /** kafkajs's own heartbeat, at most one per heartbeat interval. */
  readonly heartbeat: () => Promise<void>;
};

/** The membership for the handler of one batch, in the generation in which the batch was handed over. */
export const createMembership = ({
  generation,
  isCurrent,
  isStopping,
  heartbeat,
}: MembershipDeps): Membership => ({
  generation,
  isCurrent,
  heartbeat: async () => {
    const doing = `keeping the membership of generation ${String(generation)}`;
    if (isStopping()) throw new Failure('fenced', 'CONSUMER_STOPPING', `${doing}: this consumer is stopping`);
    try {
      await heartbeat();
    } catch (thrown) {
      const failure = kafkaFailure(thrown, doing);
      throw mustRejoin(thrown)
        ? new Failure('fenced', failure.code, failure.message, { cause: thrown })
        : failure;
    }
  },
});
