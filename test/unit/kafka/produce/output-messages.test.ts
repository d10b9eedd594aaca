import { expect } from 'chai';
import type { OutputRequest } from '../../../../src/kafka/compression/requests.ts';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';
import { requestsOf } from '../../../../src/kafka/produce/output-messages.ts';
import { sourceOfDeadLetter } from '../../../../src/kafka/records/dead-letters.ts';
import type { Emission } from '../../../../src/processor/ports/output.ts';
import type { EventType } from '../../../../src/wire/event-types.ts';

const names = topicNames('p.');
const event = (type: EventType, value: string): Emission => ({
  ...{ kind: 'event', type, key: Buffer.from('C1'), value: Buffer.from(value) },
  headers: [['ce_type', type]],
});

const messagesOf = ({ topicMessages }: OutputRequest) => topicMessages.flatMap(({ messages }) => messages);
const valuesOf = ({ topicMessages }: OutputRequest) =>
  topicMessages.map(({ topic, messages }) => [topic, messages.map(({ value }) => value?.toString())]);

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
    expect(requests.map(valuesOf)).to.deep.equal([
      [
        ['p.run.closed', ['1', '3']],
        ['p.run.summary', ['2']],
        ['p.run.close.rejected', ['4']],
      ],
      [['p.run.close.requested.dlq', [undefined]]],
    ]);
    const messages = requests.flatMap(messagesOf);
    expect(messages.map(({ partition }) => partition)).to.deep.equal([6, 6, 6, 6, 6]);
    // Only a dead letter brings its own time; events carry the producer's clock.
    expect(messages.map(({ timestamp }) => timestamp)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      undefined,
      '77',
    ]);
  });

  it('brings no time of its own if it stands for a skipped record, whose time may be what the topic refuses', () => {
    const record = { offset: 5, key: null, value: null, timestamp: 77, headers: [] };
    const skipped = { at: '2026-03-02T08:00:00.000Z', by: null };
    const poison = { code: 'SKIPPED', message: 'given up', skipped };
    const [request] = [...requestsOf([{ kind: 'dead-letter', record, poison }], names, 0)];
    expect(request && messagesOf(request).map((message) => message.timestamp)).to.deep.equal([undefined]);
  });

  it('is compressed if it is a dead letter, or larger than a request should be', () => {
    const record = { offset: 5, key: null, value: Buffer.alloc(10), timestamp: 77, headers: [] };
    const requests = requestsOf(
      [
        event('run.closed', '1'),
        { kind: 'dead-letter', record, poison: { code: 'NULL_VALUE', message: 'none' } },
        event('run.close.rejected', 'x'.repeat(900_000)),
        event('run.close.rejected', '2'),
      ],
      names,
      0,
    );
    expect(
      [...requests].map(({ topicMessages, compression }) => [
        topicMessages.map(({ topic }) => topic).join(),
        compression,
      ]),
    ).to.deep.equal([
      ['p.run.closed', undefined],
      ['p.run.close.requested.dlq', 1],
      ['p.run.close.rejected', 1],
      ['p.run.close.rejected', undefined],
    ]);
  });

  it('is refused if it is larger than anybody could read again', () => {
    const value = Buffer.alloc(31 * 1024 * 1024 + 1);
    const record = { offset: 5, key: null, value, timestamp: 77, headers: [] };
    const poison = { code: 'UNDECODABLE', message: 'no' };
    expect(() => [...requestsOf([{ kind: 'dead-letter', record, poison }], names, 0)])
      .to.throw('exceeds the limit of')
      .with.property('code', 'RECORD_TOO_LARGE');
  });

  it('says when and by whom a dead letter was skipped', () => {
    const record = { offset: 5, key: null, value: null, timestamp: 77, headers: [] };
    const poison = {
      code: 'SKIPPED',
      message: 'skipped',
      skipped: { at: '2026-03-02T08:00:00.000Z', by: 'Ana' },
    };
    const [request] = [...requestsOf([{ kind: 'dead-letter', record, poison }], names, 3)];
    const headers = request?.topicMessages[0]?.messages[0]?.headers as unknown as readonly (readonly [
      string,
      Buffer,
    ])[];
    expect(headers.slice(-2).map(([name, value]) => [name, value.toString()])).to.deep.equal([
      ['runclose-skipped-at', '2026-03-02T08:00:00.000Z'],
      ['runclose-skipped-by', 'Ana'],
    ]);
    expect(sourceOfDeadLetter(headers)).to.deep.equal({
      topic: 'p.run.close.requested',
      partition: 3,
      offset: 5,
    });
  });

  it('that is too much for one request is written in several, each with a part of each topic', () => {
    const half = 'x'.repeat(500_000);
    const emissions = [1, 2, 3].flatMap((run) => [
      event('run.closed', String(run)),
      event('run.summary', `${String(run)}${half}`),
    ]);
    const values = [...requestsOf(emissions, names, 0)].map((request) =>
      messagesOf(request).map(({ value }) => value?.toString().replace(half, '')),
    );
    expect(values).to.deep.equal([['1', '2', '3', '1'], ['2'], ['3']]);
  });

  it('is nothing at all when nothing is owed', () => {
    expect([...requestsOf([], names, 0)]).to.deep.equal([]);
  });
});
