import { expect } from 'chai';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { doneButAnsweredWith, refusedWith } from '../support/kafka-proxy/error-answer.ts';
import type { ErrorName } from '../support/kafka-proxy/error-codes.ts';
import { startKafkaProxy, type KafkaProxy } from '../support/kafka-proxy/kafka-proxy.ts';
import { inTransaction } from '../support/kafka-proxy/matches.ts';
import type { KafkaRequest } from '../support/kafka-proxy/request.ts';
import type { Fault } from '../support/proxy/faults.ts';

const REQUESTS = [
  'InitProducerId',
  'AddPartitionsToTxn',
  'Produce',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn',
] as const;
type Request = (typeof REQUESTS)[number];

/** Any of the requests may meet these. */
const EVERYWHERE: readonly ErrorName[] = [
  'UNKNOWN_SERVER_ERROR',
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'PRODUCER_FENCED',
  'TRANSACTION_ABORTABLE',
];
const OF_COORDINATORS: readonly ErrorName[] = [
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
  'TRANSACTION_COORDINATOR_FENCED',
];
const OF_LEADERS: readonly ErrorName[] = [
  'CORRUPT_MESSAGE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_PRODUCER_ID',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
];

/** What passes by itself, what an administrator may mend while it is waited for, or what means that another producer has come. */
const PASSING: Readonly<Record<Request, readonly ErrorName[]>> = {
  InitProducerId: [
    ...EVERYWHERE,
    ...OF_COORDINATORS,
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
  ],
  AddPartitionsToTxn: [
    ...EVERYWHERE,
    ...OF_COORDINATORS,
    'UNKNOWN_TOPIC_OR_PARTITION',
    'OPERATION_NOT_ATTEMPTED',
    'TOPIC_AUTHORIZATION_FAILED',
  ],
  Produce: [
    ...EVERYWHERE,
    ...OF_LEADERS,
    'CONCURRENT_TRANSACTIONS',
    'THROTTLING_QUOTA_EXCEEDED',
    'TOPIC_AUTHORIZATION_FAILED',
    // An alarm of the partition, which tries again.
    'MESSAGE_TOO_LARGE',
  ],
  AddOffsetsToTxn: [...EVERYWHERE, ...OF_COORDINATORS, 'GROUP_AUTHORIZATION_FAILED'],
  TxnOffsetCommit: [
    ...EVERYWHERE,
    ...OF_COORDINATORS,
    'UNKNOWN_TOPIC_OR_PARTITION',
    'ILLEGAL_GENERATION',
    'UNKNOWN_MEMBER_ID',
    'REBALANCE_IN_PROGRESS',
    'FENCED_INSTANCE_ID',
    'UNSTABLE_OFFSET_COMMIT',
    'GROUP_AUTHORIZATION_FAILED',
  ],
  EndTxn: [...EVERYWHERE, ...OF_COORDINATORS, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
};

/** The broker did it, and says that it could not. */
const DONE_ALL_THE_SAME: Readonly<Record<Request, readonly ErrorName[]>> = {
  InitProducerId: ['REQUEST_TIMED_OUT', 'COORDINATOR_NOT_AVAILABLE'],
  AddPartitionsToTxn: ['REQUEST_TIMED_OUT', 'COORDINATOR_NOT_AVAILABLE'],
  Produce: ['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'NOT_LEADER_OR_FOLLOWER'],
  AddOffsetsToTxn: ['REQUEST_TIMED_OUT', 'NOT_COORDINATOR'],
  TxnOffsetCommit: ['REQUEST_TIMED_OUT', 'NOT_COORDINATOR'],
  EndTxn: ['REQUEST_TIMED_OUT', 'COORDINATOR_NOT_AVAILABLE', 'CONCURRENT_TRANSACTIONS', 'PRODUCER_FENCED'],
};

/** A bug of this program: the process ends with 1. */
const FATAL: readonly (readonly [Request, ErrorName])[] = [
  ['InitProducerId', 'INVALID_TRANSACTION_TIMEOUT'],
  ['EndTxn', 'INVALID_REQUEST'],
];

describe('whatever error code a broker answers a transaction with', function () {
  this.timeout(60_000);
  let deployment: Deployment;
  let proxy: KafkaProxy;
  let published = 0;

  before(async () => {
    [deployment, proxy] = await Promise.all([createDeployment(1), startKafkaProxy()]);
  });
  after(async () => {
    await deployment.remove();
    await proxy.close();
  });

  const serve = () => deployment.serve({ KAFKA_BROKERS: proxy.brokers });

  /** One command, in whose transaction the request is answered so, once. */
  const publishAmid = async (request: Request, fault: Partial<Fault<KafkaRequest>>) => {
    const injected = proxy.inject({ when: inTransaction(request), times: 1, ...fault });
    const offset = published++;
    await deployment.publish({ commandId: `command-${String(offset)}`, runId: `run-${String(offset)}` });
    return { offset, injected };
  };

  const failNextCommit = (): void => {
    proxy.inject({ when: inTransaction('EndTxn'), times: 1, question: () => 'cut' });
  };

  const expectOnce = async (offset: number): Promise<void> => {
    const source = `0/${String(offset)}`;
    const outcomes = (await deployment.outcomes()).filter((outcome) => outcome.endsWith(` ${source}`));
    expect(outcomes).to.deep.equal([`run.closed ${source}`, `run.summary ${source}`]);
  };

  describe('that passes, its command has its outcome, once', () => {
    let serving: Serving;
    before(async () => {
      serving = await serve();
    });
    after(async () => {
      serving.signal('SIGTERM');
      expect(await serving.exited).to.equal(0);
    });

    const passes = (title: string, request: Request, fault: Partial<Fault<KafkaRequest>>): void => {
      it(title, async () => {
        // A producer id is asked for when a partition is taken over, and that is when a transaction has failed.
        if (request === 'InitProducerId') failNextCommit();
        const { offset, injected } = await publishAmid(request, fault);
        await deployment.settled();
        expect(injected.fired(), 'error answered').to.equal(1);
        await expectOnce(offset);
      });
    };
    for (const request of REQUESTS) {
      for (const error of PASSING[request]) passes(`${error} to ${request}`, request, refusedWith(error));
      for (const error of DONE_ALL_THE_SAME[request]) {
        passes(`${error} to ${request}, though it is done`, request, doneButAnsweredWith(error));
      }
    }
  });

  describe('that does not pass, the process says so and ends', () => {
    for (const [request, error] of FATAL) {
      it(`${error} to ${request}`, async () => {
        const serving = await serve();
        const { injected } = await publishAmid(request, refusedWith(error));
        expect(await serving.exited).to.equal(1);
        expect(injected.fired(), 'error answered').to.equal(1);
      });
    }
  });

  describe('after all of them', () => {
    it('nothing is lost, doubled, torn or out of order', async () => {
      await serve();
      await deployment.settled();
      await expectAllIsWell(deployment);
    });
  });
});
