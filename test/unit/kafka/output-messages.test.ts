import { expect } from 'chai';
import { requestsOf } from '../../../src/kafka/output-messages.ts';
import { topicNames } from '../../../src/kafka/topic-names.ts';
import type { Emission, EventType } from '../../../src/processor/ports.ts';

const names = topicNames('p.');
const event = (type: EventType, value: string): Emission => ({
  ...{ kind: 'event', type, key: Buffer.from('C1'), value: Buffer.from(value) },
  headers: [['ce_type', type]],
});

describe('What a batch emits', () => {
  it('goes to its topics in order, each record in the partition of its command', () => {
    const record = { offset: 5, key: null, value: null, timestamp: 77, headers: [] };
    const emissions: Emission[] = [
      event('run.closed', '1'),
      event('run.summary', '2'),
      event('run.closed', '3'),
      { kind: 'dead-letter', record, poison: { code: 'NULL_VALUE', message: 'none' } },
      event('run.close.rejected', '4'),
    ];
    const requests = [...requestsOf(emissions, names, 6)];
    expect(
      requests.map(({ topic, messages }) => [topic, messages.map(({ value }) => value?.toString())]),
    ).to.deep.equal([
      ['p.run.closed', ['1', '3']],
      ['p.run.summary', ['2']],
      ['p.run.close.requested.dlq', [undefined]],
      ['p.run.close.rejected', ['4']],
    ]);
    const messages = requests.flatMap((it) => it.messages);
    expect(messages.map(({ partition }) => partition)).to.deep.equal([6, 6, 6, 6, 6]);
    // Only a dead letter brings its own time; events carry the producer's clock.
    expect(messages.map(({ timestamp }) => timestamp)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      '77',
      undefined,
    ]);
  });

  it('is nothing at all when nothing is owed', () => {
    expect([...requestsOf([], names, 0)]).to.deep.equal([]);
  });
});
