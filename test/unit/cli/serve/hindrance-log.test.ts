import { expect } from 'chai';
import { createHindranceLog } from '../../../../src/cli/serve/hindrance-log.ts';
import type { PartitionContent } from '../../../../src/kafka/input-log.ts';

const held = (from: number): PartitionContent => ({
  partition: 3,
  high: 9,
  hindrance: { code: 'INPUT_HELD_BACK', message: `held from ${String(from)}`, from, records: 1, since: null },
});
const free: PartitionContent = { partition: 3, high: 9, hindrance: null };

describe('What keeps records from being read', () => {
  const logged = (...looks: readonly (readonly PartitionContent[])[]): readonly string[] => {
    const lines: string[] = [];
    const say = (_: unknown, message?: string): void => {
      lines.push(message ?? '');
    };
    const { seen } = createHindranceLog({ error: say, info: say } as never);
    for (const look of looks) seen(look);
    return lines;
  };

  it('is logged once, when it was seen twice, and so is its end', () => {
    expect(logged([held(4)], [held(4)], [held(4)], [free], [free])).to.deep.equal([
      'held from 4',
      'the partition can be read again',
    ]);
  });

  it('is no news when it has moved on between two looks, or ended', () => {
    expect(logged([held(4)], [held(6)], [free], [held(7)], [held(8)])).to.deep.equal([]);
  });

  it('is forgotten with a partition that belongs to another member', () => {
    expect(logged([held(4)], [], [held(4)])).to.deep.equal([]);
  });
});
