import { expect } from 'chai';
import {
  kafkaFailure,
  MEMBER,
  protocolErrorOf,
  type Purpose,
  READING,
  WRITING,
} from '../../../../src/kafka/client/failures.ts';
import { Failure, passesInTime } from '../../../../src/processor/failure.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type ErrorClass = new (message: unknown, options?: object) => Error;

const { createErrorFromCode } = repaired('protocol/error.js') as {
  createErrorFromCode: (code: number) => Error;
};
const errors = repaired('errors.js') as Record<string, ErrorClass>;
const made = (name: string, message: unknown, options?: object): Error => {
  const Made = errors[name];
  if (Made === undefined) throw new Error(`kafkajs has no ${name}`);
  return new Made(message, options);
};

const kindAndCode = (thrown: unknown): string => {
  const { kind, code } = kafkaFailure(thrown, 'publishing t/3 up to 7');
  return `${kind} ${code}`;
};

describe('A failure of Kafka', () => {
  it('is fenced when another owner has taken over', () => {
    expect(kindAndCode(createErrorFromCode(47))).to.equal('fenced KAFKA_INVALID_PRODUCER_EPOCH');
    expect(kindAndCode(createErrorFromCode(90))).to.equal('fenced KAFKA_PRODUCER_FENCED');
    expect(kindAndCode(createErrorFromCode(49))).to.equal('fenced KAFKA_INVALID_PRODUCER_ID_MAPPING');
    expect(kindAndCode(createErrorFromCode(25))).to.equal('fenced KAFKA_UNKNOWN_MEMBER_ID');
  });

  it('is transient when a server is away or not ready, and when the client knows no more', () => {
    expect(kindAndCode(createErrorFromCode(120))).to.equal('transient KAFKA_TRANSACTION_ABORTABLE');
    expect(kindAndCode(createErrorFromCode(51))).to.equal('transient KAFKA_CONCURRENT_TRANSACTIONS');
    expect(kindAndCode(createErrorFromCode(9_999))).to.equal('transient KAFKA_KAFKAJS_UNKNOWN_ERROR_CODE');
    expect(kindAndCode(made('KafkaJSConnectionError', 'no route'))).to.equal('transient KAFKA_CONNECTION');
    expect(kindAndCode(made('KafkaJSRequestTimeoutError', 'late'))).to.equal(
      'transient KAFKA_REQUEST_TIMEOUT',
    );
    expect(kindAndCode(made('KafkaJSNonRetriableError', 'odd'))).to.equal('transient KAFKA_NON_RETRIABLE');
    expect(kindAndCode(new Error('any'))).to.equal('transient KAFKA_UNAVAILABLE');
    expect(kindAndCode('a string')).to.equal('transient KAFKA_UNAVAILABLE');
  });

  it('is of one partition if the brokers are well', () => {
    const isLocal = (code: number): boolean => kafkaFailure(createErrorFromCode(code), 'publishing').isLocal;
    expect([19, 20, 51].filter(isLocal)).to.have.length(3);
    expect([15, 7, 14].filter(isLocal)).to.deep.equal([]);
  });

  it('is fatal when only somebody else can help', () => {
    expect(kindAndCode(createErrorFromCode(29))).to.equal('fatal KAFKA_TOPIC_AUTHORIZATION_FAILED');
    expect(kindAndCode(createErrorFromCode(10))).to.equal('fatal KAFKA_MESSAGE_TOO_LARGE');
    expect(kindAndCode(createErrorFromCode(30))).to.equal('fatal KAFKA_GROUP_AUTHORIZATION_FAILED');
    expect(kindAndCode(createErrorFromCode(53))).to.equal(
      'fatal KAFKA_TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    );
    expect(kindAndCode(new TypeError('undefined is not a function'))).to.equal('fatal UNEXPECTED_ERROR');
  });

  it('says that another application uses the group if it assigns partitions in another way', () => {
    const { kind, code, message } = kafkaFailure(createErrorFromCode(23), 'consuming');
    expect([kind, code]).to.deep.equal(['fatal', 'KAFKA_INCONSISTENT_GROUP_PROTOCOL']);
    expect(message).to.include('`runclose doctor` names it').and.include('KAFKA_GROUP_ID');
  });

  it('of a missing right names the right, and how to grant it', () => {
    const refused = { principal: 'app', operation: 'WRITE', resource: 'topic', names: ['run.closed'] };
    const thrown = Object.assign(createErrorFromCode(29), { refused });
    const failure = kafkaFailure(made('KafkaJSNonRetriableError', thrown, { cause: thrown }), 'publishing');
    expect(failure.code).to.equal('KAFKA_TOPIC_AUTHORIZATION_FAILED');
    expect(failure.message).to.include(
      'needs WRITE on topic run.closed; an administrator grants it with: ' +
        'kafka-acls --add --allow-principal User:app --operation Write --topic run.closed',
    );
    expect(passesInTime(failure), 'passes in time').to.equal(true);
  });

  it('of a refused look-up names the right that the work needs: DESCRIBE alone would not help', () => {
    const lookUp = (resource: string, code: number) =>
      Object.assign(createErrorFromCode(code), {
        refused: { principal: 'app', operation: 'DESCRIBE', resource, names: ['it'] },
      });
    const needed = (resource: string, code: number, purpose?: Purpose) =>
      /needs .*?;/.exec(kafkaFailure(lookUp(resource, code), 'looking', purpose).message)?.[0];
    expect(needed('topic', 29, READING)).to.equal('needs READ on topic it;');
    expect(needed('topic', 29, WRITING)).to.equal('needs WRITE on topic it;');
    expect(needed('topic', 29)).to.equal('needs DESCRIBE on topic it;');
    expect(needed('group', 30, READING)).to.equal('needs DESCRIBE on group it;');
    expect(needed('group', 30, MEMBER)).to.equal('needs READ on group it;');
    expect(needed('group', 30, WRITING)).to.equal('needs READ on group it;');
  });

  it('of a right that the broker refuses without the name of a topic names the one that was to be written', () => {
    const refused = { principal: 'app', operation: 'WRITE', resource: 'topic', names: [] };
    const thrown = Object.assign(createErrorFromCode(31), { refused });
    const failure = kafkaFailure(thrown, 'publishing', { ...WRITING, topic: 'run.close.requested' });
    expect(failure.message).to.include('needs WRITE on topic run.close.requested; ');
  });

  it('is a refused login only in the words of the broker', () => {
    const refused = kafkaFailure(createErrorFromCode(58), 'connecting');
    expect(refused).to.include({
      kind: 'fatal',
      code: 'KAFKA_SASL_AUTHENTICATION_FAILED',
      isLoginRefused: true,
    });
    expect(passesInTime(refused), 'passes in time').to.equal(true);
    const ofTheClient = kafkaFailure(
      made('KafkaJSSASLAuthenticationError', 'Closed connection'),
      'connecting',
    );
    expect(ofTheClient).to.include({ kind: 'transient', isLoginRefused: false });
  });

  for (const code of [
    'EPROTO',
    'EMFILE',
    'ENFILE',
    'EADDRNOTAVAIL',
    'ENOBUFS',
    'EAI_FAIL',
    'CERT_HAS_EXPIRED',
  ]) {
    it(`may pass: ${code}, whatever is said beside it`, () => {
      const cause = made('KafkaJSConnectionError', 'Verbindung fehlgeschlagen', { code });
      const givenUp = made('KafkaJSNumberOfRetriesExceeded', cause, { retryCount: 5, retryTime: 1 });
      expect(kafkaFailure(givenUp, 'connecting').kind).to.equal('transient');
    });
  }

  it('is classified by its cause, and keeps the cause', () => {
    const cause = createErrorFromCode(29);
    const wrapped = made('KafkaJSNumberOfRetriesExceeded', cause, { retryCount: 5, retryTime: 1, cause });
    const failure = kafkaFailure(wrapped, 'publishing t/3 up to 7');
    expect(failure).to.include({ kind: 'fatal', code: 'KAFKA_TOPIC_AUTHORIZATION_FAILED', cause: wrapped });
    expect(failure.message).to.match(/^publishing t\/3 up to 7: /);
    const bug = made('KafkaJSNonRetriableError', 'wrapped', { cause: new TypeError('a bug') });
    expect(kindAndCode(bug)).to.equal('fatal UNEXPECTED_ERROR');
    const several = made('KafkaJSAggregateError', 'several', [createErrorFromCode(38)] as object);
    expect(kindAndCode(several)).to.equal('fatal KAFKA_INVALID_REPLICATION_FACTOR');
    expect(protocolErrorOf(wrapped)).to.equal('TOPIC_AUTHORIZATION_FAILED');
    expect(protocolErrorOf(new Error('none'))).to.equal(undefined);
  });

  it('stays what it is', () => {
    const failure = new Failure('fenced', 'LEASE_LOST', 'lost');
    expect(kafkaFailure(failure, 'any')).to.equal(failure);
  });
});
