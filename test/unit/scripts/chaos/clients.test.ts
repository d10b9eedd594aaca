import { expect } from 'chai';
import { readOptions } from '../../../../scripts/chaos/clients/options.ts';
import { placeOfEvent, wrongAnswers, wrongHandling } from '../../../../scripts/chaos/clients/judge.ts';
import type { Handled } from '../../../../scripts/chaos/clients/subscriber-program.ts';
import type { OutputRecord } from '../../../../scripts/chaos/evidence/evidence.ts';
import { schemas } from '../../../../scripts/chaos/evidence/frames.ts';
import type { RunCloseRejected } from '../../../../src/domain/records.ts';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';
import type { CloseResult } from '../../../../src/sdk/close-result.ts';
import { aCommand } from '../../../support/commands.ts';
import { frame } from '../../../../src/wire/frame.ts';

const names = topicNames();

const rejected = (commandId: string, offset: number): OutputRecord => ({
  ...{ role: 'rejected', partition: 1, offset, timestamp: 0, key: null, headers: [] },
  value: frame(1, schemas['run.close.rejected'].type.toBuffer(eventOf(commandId))),
});
const eventOf = (commandId: string): RunCloseRejected =>
  ({
    ...{ eventId: `event-of-${commandId}`, channelId: 'C1', commandId, runId: 'r', reason: 'UNAUTHORIZED' },
    ...{ message: 'no', actorUserId: 'U1', correlationId: null, policyVersion: null, rejectedAt: 0 },
  }) as const;

describe('The judge of a run of publishers', () => {
  const commands = ['a', 'b'].map((commandId) => aCommand({ commandId }));
  const answer = (commandId: string): CloseResult => ({
    ...{ channelId: 'C1', commandId, published: undefined },
    ...{ outcome: 'rejected', event: eventOf(commandId) },
  });
  const again = (commandId: string, first: CloseResult | undefined): CloseResult =>
    ({ channelId: 'C1', commandId, published: undefined, outcome: 'duplicate', first }) as CloseResult;
  const outputs = [rejected('a', 0), rejected('b', 1)];

  it('accepts the event of a command, also if it is the first outcome of a duplicate', () => {
    const answers = new Map([
      [0, answer('a')],
      [1, again('b', answer('b'))],
    ]);
    expect(wrongAnswers(commands, answers, outputs)).to.deep.equal([]);
  });

  it('names a missing answer, another answer, an unknown first outcome, a second event and no event', () => {
    const wrong = (a: CloseResult | undefined, records = outputs): readonly string[] =>
      wrongAnswers(
        commands,
        new Map([...(a === undefined ? [] : [[0, a] as const]), [1, answer('b')]]),
        records,
      );
    const said = 'but the topics say rejected event-of-a';
    expect(wrong(undefined)).to.deep.equal([`a: told nothing, ${said}`]);
    expect(wrong(answer('b'))).to.deep.equal([`a: told rejected event-of-b, ${said}`]);
    expect(wrong(again('a', undefined))).to.deep.equal([`a: told a duplicate of nothing, ${said}`]);
    expect(wrong(answer('a'), [...outputs, rejected('a', 2)])).to.deep.equal(['a has 2 events']);
    expect(wrong(answer('a'), outputs.slice(1))).to.deep.equal([
      'a: told rejected event-of-a, but the topics say nothing',
    ]);
  });
});

describe('The judge of a run of subscribers', () => {
  const outputs = [rejected('a', 0), rejected('b', 1)];
  const handled = (offset: number): Handled => ({
    ...{ kind: 'handled', number: 1, channelId: 'C1', topic: names.rejected, partition: 1, offset },
  });

  it('accepts repeats', () => {
    expect(wrongHandling(2, [handled(0), handled(1), handled(0), handled(1)], outputs, names)).to.deep.equal(
      [],
    );
  });

  it('names a missing event, a wrong order, an event that is none, and a wrong number of events', () => {
    const place = placeOfEvent(handled(0));
    expect(wrongHandling(2, [handled(1)], outputs, names)).to.deep.equal([`${place} was never handled`]);
    expect(wrongHandling(2, [handled(1), handled(0)], outputs, names)).to.deep.equal([
      'C1 in run.close.rejected: 0 was handled after 1',
    ]);
    expect(wrongHandling(2, [handled(0), handled(1), handled(5)], outputs, names)).to.deep.equal([
      `${placeOfEvent(handled(5))} was handled, but is no event`,
    ]);
    expect(wrongHandling(3, [handled(0), handled(1)], outputs, names)).to.deep.equal([
      '3 commands have 2 events',
    ]);
  });
});

describe('The options of chaos-clients', () => {
  it('say who, how many and how long', () => {
    expect(readOptions(['publishers', '--brokers', '3'], () => 7)).to.deep.equal({
      kind: 'run',
      options: { who: 'publishers', commands: 1_000, instances: 5, brokers: 3, seed: 7 },
    });
    expect(readOptions(['--help'], () => 7)).to.deep.equal({ kind: 'help' });
  });

  it('are refused with the reason', () => {
    expect(() => readOptions([], () => 7)).to.throw('say publishers or subscribers');
    expect(() => readOptions(['subscribers', '--brokers', '2'], () => 7)).to.throw(
      '--brokers takes 1 or 3, not 2',
    );
    expect(() => readOptions(['subscribers', '--commands', '1'], () => 7)).to.throw(
      '--commands takes a whole number',
    );
  });
});
