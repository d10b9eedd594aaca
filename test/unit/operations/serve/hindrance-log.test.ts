import { expect } from 'chai';
import { createHindranceLog } from '../../../../src/operations/serve/hindrance-log.ts';
import type { Hindrance, PartitionContent } from '../../../../src/kafka/read/hindrances.ts';

const held = (from: number): PartitionContent => ({
  partition: 3,
  high: 9,
  hindrances: [hindrance('in/3', 'INPUT_HELD_BACK', from)],
});
const free: PartitionContent = { partition: 3, high: 9, hindrances: [] };
const hindrance = (where: string, code: Hindrance['code'], from: number): Hindrance => ({
  where,
  code,
  message: `${where} is held from ${String(from)}`,
  from,
  records: 1,
  lastsMs: null,
});

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
      'in/3 is held from 4',
      'in/3 can be read again',
    ]);
  });

  it('is no news when it has moved on between two looks, or ended', () => {
    expect(logged([held(4)], [held(6)], [free], [held(7)], [held(8)])).to.deep.equal([]);
  });

  it('is logged for an output, too, separately from the input', () => {
    const both: PartitionContent = {
      ...held(4),
      hindrances: [...held(4).hindrances, hindrance('closed/3', 'OUTPUT_HELD_BACK', 7)],
    };
    expect(logged([held(4)], [both], [both], [held(4)], [held(4)])).to.deep.equal([
      'in/3 is held from 4',
      'closed/3 is held from 7',
      'closed/3 can be read again',
    ]);
  });

  it('is forgotten with a partition that belongs to another member', () => {
    expect(logged([held(4)], [], [held(4)])).to.deep.equal([]);
  });
});
