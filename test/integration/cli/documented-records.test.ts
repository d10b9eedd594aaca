import { expect } from 'chai';
import type { Message } from 'kafkajs';
import { parseType } from '../../../src/avro/avro-type.ts';
import { lookAtTopics } from '../../../src/kafka/topics/topics.ts';
import { deadLetter } from '../../../src/kafka/records/dead-letters.ts';
import { asMessageHeaders } from '../../../src/kafka/records/headers.ts';
import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import { createRunEventsSubscriber } from '../../../src/sdk/index.ts';
import { HEADER_LENGTH, readFrame } from '../../../src/wire/frame.ts';
import { DEAD_LETTER_HEADERS, type Headers } from '../../../src/wire/headers.ts';
import { faultsIn, messageOf, readDocument, type Message as Documented } from '../../support/asyncapi.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { testKafka } from '../../support/topics.ts';

type Json = Readonly<Record<string, unknown>>;

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OWN: Headers = [
  ['producer', Buffer.from('coffee-bot')],
  ['any', null],
  ['any', Buffer.from([0xfe])],
  [DEAD_LETTER_HEADERS.offset, Buffer.from('its own')],
];

const document = readDocument();
const channelOf = (topic: string, prefix: string) => messageOf(document, topic.slice(prefix.length));

/** The headers that RunClose itself gave a record. Those of a record that it only copied come first, and may be anything. */
const appended = ({ headers }: LogRecord): Headers => {
  const begin = headers.findLastIndex(([name]) => name === DEAD_LETTER_HEADERS.topic);
  return begin < 0 ? headers : headers.slice(begin);
};

const textsOf = (headers: Headers): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(headers.map(([name, value]) => [name, value?.toString()]));

/** Fails if a record has headers or a key that the document does not allow, or lacks a header that it demands. */
const expectDocumented = ({ headers, bindings }: Documented, record: LogRecord): void => {
  const found = appended(record);
  const names = found.map(([name]) => name);
  expect(new Set(names), 'no header repeats').to.have.property('size', names.length);
  expect(Object.keys(headers.properties)).to.include.members(names);
  expect(faultsIn(headers, textsOf(found))).to.deep.equal([]);
  expect(faultsIn(bindings.kafka.key, record.key?.toString() ?? null)).to.deep.equal([]);
};

describe('the records of a real processor', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let prefix: string;
  const made: string[] = [];

  const create = async (name: string): Promise<string> => {
    const topic = `${deployment.groupId}.${name}`;
    made.push(topic);
    await deployment.admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    return topic;
  };

  const run = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await deployment.runclose(...args);
    expect(code, stderr).to.equal(0);
  };

  const command = async (fields: object, message: Partial<Message> = {}): Promise<Message> => ({
    key: 'C1',
    partition: 0,
    value: await deployment.encode(fields),
    ...message,
  });

  before(async () => {
    deployment = await createDeployment(2);
    prefix = deployment.env['TOPIC_PREFIX'] ?? '';
    const { requested, deadLetters } = deployment.names;
    await deployment.send(await command({ commandId: 'skipped', initiatorUserId: '' }));
    await run('skip', `${requested}/0@0`, '--by', 'ana', '--yes');
    await deployment.serve();
    await deployment.send(
      await command(
        { commandId: 'c1', runId: 'R1', correlationId: 'order-1' },
        { headers: { traceparent: TRACEPARENT } },
      ),
      await command({ commandId: 'c2', runId: 'R2' }),
      await command({ commandId: 'c3', runId: 'R1' }),
      await command({ commandId: 'c4', runId: 'R4', requestedAt: -1 }, { key: null }),
      { key: 'C1', partition: 1, value: Buffer.from('garbage'), headers: asMessageHeaders(OWN) },
      { key: null, partition: 1, value: null },
    );
    await deployment.settled();

    const record = { offset: 9, key: Buffer.from('C1'), timestamp: Date.now(), headers: OWN };
    const letter = deadLetter(
      { ...record, value: await deployment.encode({ commandId: 'c5', runId: 'R5' }) },
      { topic: requested, partition: 1 },
      { code: 'UNKNOWN_SCHEMA_ID', message: 'no' },
    );
    const producer = testKafka().producer();
    await producer.connect();
    const headers = asMessageHeaders(letter.headers);
    const messages = [{ ...letter, headers, partition: 1, timestamp: String(letter.timestamp) }];
    await producer.send({ topic: deadLetters, messages });
    await producer.disconnect();
    // Two dead letters are still no commands.
    expect((await deployment.runclose('dlq', 'redrive', '--yes')).code).to.equal(1);
    await deployment.settled();
  });
  after(async () => {
    await deployment.admin.deleteTopics({ topics: made });
    await deployment.remove();
  });

  it('have the headers and keys of the document, in every topic', async () => {
    const { closed, summary, rejected, deadLetters } = deployment.names;
    for (const [topic, count] of [
      [closed, 3],
      [summary, 3],
      [rejected, 2],
      [deadLetters, 4],
    ] as const) {
      const records = await deployment.read(topic);
      expect(records, topic).to.have.length(count);
      for (const record of records) expectDocumented(channelOf(topic, prefix), record);
    }
  });

  it('have headers that agree with the value, which the schema of the document reads', async () => {
    const { closed, summary, rejected } = deployment.names;
    for (const topic of [closed, summary, rejected]) {
      const { schema } = channelOf(topic, prefix).payload as { readonly schema: object };
      const type = parseType(JSON.stringify(schema));
      for (const { value, headers, partition } of await deployment.read(topic)) {
        const framed = readFrame(value);
        expect(framed.kind).to.equal('framed');
        const { id, commandId, correlationId, runId, time } = eventIn(
          type.fromBuffer((value ?? Buffer.alloc(0)).subarray(HEADER_LENGTH)) as Json,
        );
        const { traceparent, 'source-offset': source = '', ...others } = textsOf(headers);
        expect(others).to.deep.equal({
          ce_specversion: '1.0',
          ce_id: id,
          ce_type: topic.slice(prefix.length),
          ce_source: `/runclose/${deployment.groupId}`,
          ce_time: new Date(time).toISOString(),
          ce_subject: runId,
          'content-type': 'application/avro',
          ...(correlationId !== null && { 'correlation-id': correlationId }),
          'causation-id': commandId,
        });
        expect(traceparent).to.equal(commandId === 'c1' ? TRACEPARENT : undefined);
        expect(source.startsWith(`${deployment.names.requested}/${String(partition)}/`)).to.equal(true);
      }
    }
  });

  it('become commands again with the headers of the document', async () => {
    const records = await deployment.read(deployment.names.requested);
    const again = records.filter(({ headers }) => textsOf(headers)['runclose-redriven-from'] !== undefined);
    expect(again).to.have.length(1);
    const [from, attempts] = (again[0]?.headers ?? []).slice(-2);
    const { headers } = channelOf(deployment.names.requested, prefix);
    expect(faultsIn(headers, textsOf([from!, attempts!]))).to.deep.equal([]);
    expect(Object.keys(headers.properties)).to.include.members([from![0], attempts![0]]);
  });

  it('have the headers of the document when a replay writes them again', async () => {
    const target = await create('replayed');
    await run('replay', 'emit', '--to-topic', target, '--yes');
    const records = await deployment.read(target);
    expect(records).to.have.length(3);
    for (const record of records) {
      expect(textsOf(record.headers)['runclose-replay']).to.equal(target);
      expectDocumented(channelOf(deployment.names.closed, prefix), record);
    }
  });

  it('have the headers of the document when a subscriber parks them', async () => {
    const topic = await create('parked');
    const subscriber = createRunEventsSubscriber({
      kafka: { brokers: deployment.brokers, clientId: 'notifier' },
      registry: { url: deployment.env['SCHEMA_REGISTRY_URL'] ?? '' },
      topicPrefix: prefix,
      groupId: `${deployment.groupId}-notifier`,
      from: 'earliest',
      handlers: {
        'run.closed': () => {
          throw new TypeError('the chat did not answer');
        },
      },
      retries: { attempts: 1, then: 'park', topic },
      logger: { warn: () => undefined },
      onUndecodable: () => undefined,
    });
    const running = subscriber.run();
    await until('the events are parked', async () => (await deployment.read(topic)).length === 3, 60_000);
    await subscriber.stop();
    await running;
    for (const record of await deployment.read(topic))
      expectDocumented(messageOf(document, 'parked'), record);
  });

  it('are in topics with the settings of the document', async () => {
    const { states } = await lookAtTopics(testKafka(), Object.values(deployment.names));
    for (const topic of Object.values(deployment.names)) {
      const wanted = document.channels[topic.slice(prefix.length)]?.bindings?.kafka.topicConfiguration ?? {};
      const settings = states.get(topic)?.settings;
      for (const [name, value] of Object.entries(wanted)) {
        // For topics with three replicas or more.
        if (name !== 'min.insync.replicas')
          expect(settings?.get(name), `${topic} ${name}`).to.equal(String(value));
      }
    }
  });
});

type EventFacts = {
  readonly id: string;
  readonly commandId: string;
  readonly correlationId: string | null;
  readonly runId: string;
  readonly time: number;
};

/** A rejection calls its time `rejectedAt`, the other events `closedAt`. */
const eventIn = (event: Json): EventFacts => {
  const { eventId, commandId, correlationId, runId, closedAt, rejectedAt } = event;
  const time = Number(closedAt ?? rejectedAt);
  return { id: eventId, commandId, correlationId, runId, time } as EventFacts;
};
