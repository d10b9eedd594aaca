import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';
import { openEventTopics, type TopicSourceDeps } from '../../../../src/operations/emit/emit-source.ts';
import { runcloseHere } from '../../../support/command-line.ts';
import { copyHistory } from '../../../support/history-copies.ts';

describe('Where events are emitted from', () => {
  it('is named if it is missing, with the prefix', async () => {
    const complaint = (prefix: string) => {
      const reader = { partitionCounts: () => Promise.resolve(new Map()) };
      const deps = { reader, names: topicNames(prefix), prefix } as unknown as TopicSourceDeps;
      return openEventTopics(deps, ['run.closed'], {
        from: { kind: 'earliest' },
        to: { kind: 'latest' },
      }).catch((thrown: unknown) => thrown);
    };
    expect(await complaint('wrong.')).to.include({
      code: 'KAFKA_TOPIC_MISSING',
      message:
        'there is no topic wrong.run.closed to read events from: check TOPIC_PREFIX, which is "wrong.", or run `runclose setup`',
    });
    expect(await complaint('')).to.have.property(
      'message',
      'there is no topic run.closed to read events from: check TOPIC_PREFIX, which is empty, or run `runclose setup`',
    );
  });

  it('is checked before any server if it is a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    const file = join(folder, 'commands.avro');
    await copyHistory('test/replay/0.1.0/fair-share.avro', file, { withEvents: false });
    const emit = ['replay', 'emit', '--to-topic', 'mirror', '--file'];
    const ended = await runcloseHere([...emit, file]);
    expect(ended.exitCode).to.equal(64);
    expect(ended.stderr).to.include(`${file} has commands only: export it with`);
    const missing = await runcloseHere([...emit, join(folder, 'nowhere.avro')]);
    expect(missing.stderr).to.include('nowhere.avro');
    await rm(folder, { recursive: true });
  });
});
