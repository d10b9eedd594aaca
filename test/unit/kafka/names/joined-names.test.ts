import { expect } from 'chai';
import { laneIdOf, replayGroupOf, transactionalIdOf } from '../../../../src/kafka/names/joined-names.ts';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';

const NAMES = [
  'a',
  'a.b',
  'a.b.c',
  'b',
  'b.c',
  'a:1',
  'a.0',
  'run.close.requested',
  'a.run.close.requested.0',
];
const PREFIXES = ['', ...NAMES.filter((name) => !name.includes(':')).map((name) => `${name}.`)];

const expectDistinct = (names: readonly string[]): void => {
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  expect(twice).to.deep.equal([]);
};

describe('a name made of other names', () => {
  it('tells which group and topic a transaction belongs to, whatever dots they hold', () => {
    expectDistinct(
      NAMES.flatMap((group) =>
        PREFIXES.flatMap((prefix) =>
          [0, 1, 10].map((partition) =>
            transactionalIdOf(group, { topic: topicNames(prefix).requested, partition }),
          ),
        ),
      ),
    );
  });

  it('is the same as ever without a prefix', () => {
    expect(transactionalIdOf('runclose', { topic: 'run.close.requested', partition: 3 })).to.equal(
      'runclose.run.close.requested.3',
    );
  });

  it('begins with what rights are given for', () => {
    const topic = topicNames('staging.').requested;
    expect(transactionalIdOf('coffee', { topic, partition: 3 })).to.match(
      /^coffee\.staging\.run\.close\.requested\.3/,
    );
    expect(laneIdOf('coffee', 'emit', { topic, partition: 0 }, 't')).to.match(/^coffee\.emit\./);
    expect(laneIdOf('coffee', 'redrive', { topic, partition: 0 }, 't')).to.match(/^coffee\.redrive\./);
    expect(replayGroupOf('coffee', { target: 't', replayId: 'id' })).to.match(/^coffee\.emit\./);
  });

  it('tells which lane of which command it belongs to', () => {
    expectDistinct(
      NAMES.flatMap((group) =>
        PREFIXES.flatMap((prefix) =>
          ['t', '0.t', 'b.t'].flatMap((target) =>
            (['emit', 'redrive'] as const).map((command) =>
              laneIdOf(group, command, { topic: topicNames(prefix).closed, partition: 0 }, target),
            ),
          ),
        ),
      ),
    );
    expectDistinct(
      ['a', 'a.b'].flatMap((group) =>
        ['t', 't.x', 'b.t'].flatMap((target) =>
          ['x', 'x.y', 'y'].map((replayId) => replayGroupOf(group, { target, replayId })),
        ),
      ),
    );
  });
});
