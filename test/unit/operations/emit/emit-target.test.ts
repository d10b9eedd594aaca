import { expect } from 'chai';
import { InvalidArgumentError } from 'commander';
import { topicName } from '../../../../src/cli/replay/topic-name-flag.ts';
import type { KafkaClient } from '../../../../src/kafka/client/client.ts';
import { checkCompaction, refuseTarget, requireTarget } from '../../../../src/operations/emit/emit-target.ts';
import { Failure } from '../../../../src/processor/failure.ts';
import type { EventType } from '../../../../src/wire/event-types.ts';

/** A client to whose questions about settings the broker answers with this error. */
const refusing = (type: string): Pick<KafkaClient, 'admin'> => {
  const admin = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    listTopics: () => Promise.resolve(['target']),
    fetchTopicMetadata: () => Promise.resolve({ topics: [] }),
    describeConfigs: () => Promise.reject(Object.assign(new Error(type), { type })),
  };
  return { admin: () => admin as unknown as ReturnType<KafkaClient['admin']> };
};

describe('The topic that events are emitted into', () => {
  it('has a name as Kafka allows it', () => {
    for (const name of ['new-subscriber', 'a', 'A.b_c-9', 'x'.repeat(249)])
      expect(topicName(name)).to.equal(name);
    for (const name of ['', '.', '..', 'a/b', 'a b', 'ä', 'x'.repeat(250)])
      expect(() => topicName(name), name).to.throw(InvalidArgumentError, 'letters, digits');
  });

  it('is reported as unchecked if it is unknown whether it is compacted', async () => {
    const [warning] = await checkCompaction(refusing('TOPIC_AUTHORIZATION_FAILED'), 'target');
    expect(warning).to.include('whether target is compacted').and.to.include('the right to describe');
  });

  it('is not taken for one that is not compacted when the broker fails', async () => {
    const failure: unknown = await checkCompaction(refusing('UNKNOWN'), 'target').catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).to.include({ code: 'KAFKA_UNKNOWN' });
  });

  it('is looked for by its whole name, and by the one with the prefix for a hint', async () => {
    const counts = new Map([
      ['demo.run.summary', 6],
      ['mirror', 3],
    ]);
    const reader = { partitionCounts: () => Promise.resolve(counts) };
    expect(await requireTarget(reader, { target: 'mirror', prefix: 'demo.' }, 6)).to.equal(3);
    const complaint = (target: string, prefix: string) =>
      requireTarget(reader, { target, prefix }, 6).catch((thrown: unknown) => (thrown as Failure).message);
    expect(await complaint('run.summary', 'demo.')).to.equal(
      'there is no topic run.summary: give the full name, because TOPIC_PREFIX is not added; did you mean demo.run.summary?',
    );
    for (const prefix of ['', 'demo.'])
      expect(await complaint('nowhere', prefix)).to.equal(
        'there is no topic nowhere: create it first; with 6 partitions, each event keeps its partition',
      );
  });

  const refuse =
    (
      prefix: string,
      target: string,
      live: string | undefined,
      types: readonly EventType[] = ['run.summary'],
    ) =>
    () => {
      refuseTarget({ prefix, target, live, types });
    };

  it('is named twice if it is a live topic of any installation', () => {
    for (const prefix of ['', 'demo.'])
      for (const target of ['run.summary', 'demo.run.summary', 'demo-run.summary', 'a.b.run.summary']) {
        for (const live of [undefined, 'mirror', 'run.closed'])
          expect(refuse(prefix, target, live), target).to.throw(
            Failure,
            `--to-topic ${target} --live ${target}`,
          );
        expect(refuse(prefix, target, target), target).to.not.throw();
        expect(refuse(prefix, target, target, ['run.closed']), target).to.throw(
          Failure,
          'only for run.summary',
        );
      }
    expect(refuse('demo.', 'run.summary', undefined)).to.throw(
      Failure,
      'run.summary is named like a live topic of another installation (the one of this installation is demo.run.summary)',
    );
    expect(refuse('demo.', 'demo.run.summary', undefined)).to.throw(
      Failure,
      'demo.run.summary is a live topic:',
    );
  });

  it('is never a topic of commands or dead letters of any installation', () => {
    for (const prefix of ['', 'demo.', 'other-'])
      for (const name of ['run.close.requested', 'run.close.requested.dlq'])
        for (const live of [undefined, prefix + name])
          expect(refuse('demo.', prefix + name, live)).to.throw(Failure, 'must not get events');
  });

  it('is not a live topic under any other name', () => {
    expect(refuse('demo.', 'mirror', undefined, ['run.closed', 'run.summary'])).to.not.throw();
    expect(refuse('demo.', 'run.summary.copy', undefined)).to.not.throw();
    expect(refuse('demo.', 'mirror', 'mirror')).to.throw(Failure, 'leave out --live');
    expect(refuse('run.', 'summary', 'summary')).to.throw(Failure, 'did you mean run.summary?');
  });
});
