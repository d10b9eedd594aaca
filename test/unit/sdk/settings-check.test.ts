import { expect } from 'chai';
import { topicNames } from '../../../src/kafka/names/topic-names.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import {
  createRunClosePublisher,
  createRunEventsSubscriber,
  rememberInMemory,
} from '../../../src/sdk/index.ts';

const kafka = { brokers: ['127.0.0.1:9092', '[::1]:9093', 'broker-1.example:9094'], clientId: 'coffee-bot' };
const registry = { url: 'http://127.0.0.1:8081/apis/ccompat/v7' };
const subscriber = {
  kafka,
  registry,
  groupId: 'notifier',
  handlers: { 'run.closed': () => undefined },
  onUndecodable: () => undefined,
};

const faultOf = (create: () => unknown): string => {
  try {
    create();
  } catch (error) {
    expect(failureOf(error)).to.include({ kind: 'fatal', code: 'WRONG_USE' });
    return failureOf(error).message;
  }
  return '';
};
const publisherFault = (settings: unknown): string =>
  faultOf(() => createRunClosePublisher(settings as never)).replace(
    'the settings of the publisher cannot work: ',
    '',
  );
const subscriberFault = (changes: object): string =>
  faultOf(() => createRunEventsSubscriber({ ...subscriber, ...changes })).replace(
    'the settings of the subscriber cannot work: ',
    '',
  );

describe('The settings of a publisher and of a subscriber', () => {
  it('are taken if they can work, whatever else is with them', () => {
    expect(publisherFault({ kafka, registry, topicPrefix: 'staging.', database: {}, topics: {} })).to.equal(
      '',
    );
    expect(subscriberFault({})).to.equal('');
    expect(subscriberFault({ handlers: { ...subscriber.handlers, 'run.summary': undefined } })).to.equal('');
    expect(subscriberFault({ logger: console, from: 'latest', partitionsAtOnce: 1 })).to.equal('');
    const retries = { attempts: 3, then: 'park', topic: 'notifier.parked' };
    const times = { startTimeout: 1, stopTimeout: 2 ** 31 - 1, signal: AbortSignal.abort() };
    expect(subscriberFault({ retries, remember: rememberInMemory(), replays: 'skip', ...times })).to.equal(
      '',
    );
    expect(publisherFault({ kafka, registry, processorGroupId: 'runclose-2', logger: console })).to.equal('');
    const sasl = { mechanism: 'scram-sha-512', username: 'u', password: 'p' };
    expect(subscriberFault({ kafka: { ...kafka, ssl: {}, sasl } })).to.equal('');
  });

  for (const [settings, fault] of [
    [undefined, 'they must be an object with kafka, registry'],
    [null, 'they must be an object with kafka, registry'],
    [{ registry }, 'kafka is missing: it must be an object'],
    [
      { kafka, registry: {} },
      'registry.url is missing: it must be an http or https URL without user, password, query or fragment, or several, separated by commas',
    ],
    [
      { kafka, registry: { url: '127.0.0.1:8081' } },
      'registry.url must be an http or https URL without user, password, query or fragment, or several, separated by commas',
    ],
    [
      { kafka, registry: { url: 'http://app:secret@registry:8081' } },
      'registry.url must be an http or https URL without user, password, query or fragment, or several, separated by commas',
    ],
    [
      { kafka, registry: { url: 'http://registry:8081/?token=secret' } },
      'registry.url must be an http or https URL without user, password, query or fragment, or several, separated by commas',
    ],
    [
      { kafka: { ...kafka, brokers: [] }, registry },
      'kafka.brokers must be a list of at least one host:port, with ports from 1 to 65535',
    ],
    [
      { kafka: { ...kafka, brokers: 'one:9092' }, registry },
      'kafka.brokers must be a list of at least one host:port, with ports from 1 to 65535',
    ],
    [
      { kafka: { ...kafka, brokers: ['one'] }, registry },
      'kafka.brokers must be a list of at least one host:port, with ports from 1 to 65535',
    ],
    [
      { kafka: { ...kafka, brokers: ['one:99999'] }, registry },
      'kafka.brokers must be a list of at least one host:port, with ports from 1 to 65535',
    ],
    [
      { kafka: { ...kafka, brokers: ['[::1]:0'] }, registry },
      'kafka.brokers must be a list of at least one host:port, with ports from 1 to 65535',
    ],
    [
      { kafka: { brokers: kafka.brokers }, registry },
      'kafka.clientId is missing: it must be a text that is not empty',
    ],
    [
      { kafka: { ...kafka, sasl: { mechanism: 'plain' } }, registry },
      'kafka.sasl must be a mechanism (plain, scram-sha-256, scram-sha-512, oauthbearer or aws-msk-iam) with its credentials',
    ],
    [{ kafka, registry, topicPrefx: 'staging.' }, 'topicPrefx is not a setting: did you mean topicPrefix?'],
    [
      { kafka, registry, topicPrefix: 'a/b' },
      'topicPrefix must be a text of letters, digits, ".", "_" and "-"',
    ],
    [{ kafka, registry, processorGroupId: '' }, 'processorGroupId must be a text that is not empty'],
    [{ kafka, registry, invalidCommands: 'skip' }, 'invalidCommands must be one of refuse, publish'],
  ] as const) {
    it(`of a publisher: ${fault}`, () => {
      expect(publisherFault(settings)).to.equal(fault);
    });
  }

  for (const [changes, fault] of [
    [{ handlers: {} }, 'handlers needs at least one of run.closed, run.summary, run.close.rejected'],
    [{ handlers: undefined }, 'handlers is missing: it must be an object'],
    [
      { handlers: { 'run.closd': () => undefined } },
      "handlers['run.closd'] is not a type of event: did you mean run.closed?",
    ],
    [{ handlers: { 'run.closed': 'print' } }, "handlers['run.closed'] must be a function"],
    [{ onUndecodable: undefined }, 'onUndecodable is missing: it must be a function'],
    [{ groupId: ' ' }, 'groupId must be a text that is not empty'],
    [{ from: 'newest' }, 'from must be one of earliest, latest'],
    [{ partitionsAtOnce: 0 }, 'partitionsAtOnce must be a whole number from 1'],
    [{ onRety: () => undefined }, 'onRety is not a setting: did you mean onRetry?'],
    [{ logger: {} }, 'logger must be an object with a function warn'],
    [{ remember: {} }, 'remember must be an object with a function once'],
    [{ replays: 'drop' }, 'replays must be one of deliver, skip'],
    [{ retries: 3 }, 'retries must be an object'],
    [{ retries: { attempts: 0, then: 'stop' } }, 'retries.attempts must be a whole number from 1'],
    [{ retries: { attempts: 3, then: 'skip' } }, 'retries.then must be one of stop, park'],
    [{ retries: { attempts: 3, then: 'park' } }, 'retries.topic is missing: it must be the name of a topic'],
    [{ retries: { attempts: 3, then: 'stop', topic: 'parked' } }, "retries.topic is only for then: 'park'"],
    [{ stopTimeout: 0 }, 'stopTimeout must be a whole number of milliseconds from 1 to 2147483647'],
    [{ startTimeout: 2 ** 31 }, 'startTimeout must be a whole number of milliseconds from 1 to 2147483647'],
    [{ signal: 'SIGTERM' }, 'signal must be an AbortSignal'],
  ] as const) {
    it(`of a subscriber: ${fault}`, () => {
      expect(subscriberFault(changes)).to.equal(fault);
    });
  }

  it('of a subscriber: events are not parked in a topic of RunClose', () => {
    for (const topic of Object.values(topicNames('staging.')))
      expect(
        subscriberFault({ retries: { attempts: 3, then: 'park', topic }, topicPrefix: 'staging.' }),
      ).to.equal('retries.topic must be a topic of your own, not one of RunClose');
  });

  it('are refused with all their faults at once, and without values', () => {
    const fault = subscriberFault({
      kafka: { brokers: [], clientId: '' },
      registry: { url: 'secret' },
      handlers: { 'run.closd': () => undefined },
      onUndecodable: null,
    });
    expect(fault.split('; ')).to.have.lengthOf(5);
    expect(fault).not.to.include('secret');
  });
});
