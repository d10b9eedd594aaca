import { expect } from 'chai';
import {
  describeStandstill,
  standstillsAfter,
  type PartitionSighting,
  type Sighting,
  type Standstill,
} from '../../../src/observability/standstill.ts';

const partition = (change: Partial<PartitionSighting> = {}): PartitionSighting => ({
  partition: 3,
  position: 1042,
  lag: 5,
  waitsFor: null,
  ...change,
});

const seen = (change: Partial<Sighting> = {}): Sighting => ({
  consumer: { kind: 'member', partitions: [3] },
  lastSignOfLife: 1,
  partitions: [partition()],
  openDependencies: [],
  ...change,
});

/** Ten seconds between each two looks. The client is at work, unless a sighting says otherwise. */
const after = (...sightings: Partial<Sighting>[]): readonly Standstill[] => {
  let standstills: readonly Standstill[] = [];
  sightings.forEach((sighting, index) => {
    standstills = standstillsAfter(standstills, seen({ lastSignOfLife: index, ...sighting }), 10_000);
  });
  return standstills;
};

const msOf = (standstills: readonly Standstill[], subject: Standstill['subject']): number | undefined =>
  standstills.find((standstill) => standstill.subject === subject)?.ms;

describe('A standstill', () => {
  it('of a partition is counted from the first look that shows it, while there is more to read', () => {
    expect(msOf(after({}, {}, {}), 'partition 3')).to.equal(20_000);
  });

  it('ends with every batch', () => {
    const moved = { partitions: [partition({ position: 1043 })] };
    expect(msOf(after({}, {}, moved), 'partition 3')).to.equal(0);
    expect(msOf(after({}, {}, moved, moved), 'partition 3')).to.equal(10_000);
  });

  it('is not reported if nothing is left to read', () => {
    expect(msOf(after({}, { partitions: [partition({ lag: 0 })] }), 'partition 3')).to.equal(undefined);
  });

  it('is not reported for a member that stands by', () => {
    const standby: Partial<Sighting> = { consumer: { kind: 'member', partitions: [] }, partitions: [] };
    expect(after(standby, standby, standby)).to.deep.equal([{ subject: 'client', at: 2, ms: 0 }]);
  });

  const EXPLAINED: Readonly<Record<string, Partial<Sighting>>> = {
    'an open breaker': { openDependencies: ['postgres'] },
    'brokers that do not answer': { partitions: null },
    'an alarm, or a failure that is tried again': { partitions: [partition({ waitsFor: 'INPUT_GAP' })] },
    'the process stopping': { consumer: { kind: 'stopping' } },
  };
  for (const [title, explained] of Object.entries(EXPLAINED)) {
    it(`is explained by ${title}, and counted from 0 after that`, () => {
      expect(msOf(after({}, {}, explained), 'partition 3')).to.equal(undefined);
      expect(msOf(after({}, {}, explained, {}, {}), 'partition 3')).to.equal(10_000);
    });
  }

  it('of one partition is not ended by another partition that moves', () => {
    const both = (position: number): Partial<Sighting> => ({
      partitions: [partition(), partition({ partition: 4, position })],
    });
    const standstills = after(both(1), both(2), both(3));
    expect(msOf(standstills, 'partition 3')).to.equal(20_000);
    expect(msOf(standstills, 'partition 4')).to.equal(0);
  });

  it('of the Kafka client is counted until it does or tries anything', () => {
    const silent = { partitions: [], lastSignOfLife: 7 };
    expect(msOf(after(silent, silent, silent), 'client')).to.equal(20_000);
    expect(msOf(after(silent, silent, { partitions: [] }), 'client')).to.equal(0);
  });

  it('is to be outside the group though Kafka answers, and not while it does not', () => {
    const joining: Partial<Sighting> = { consumer: { kind: 'joining' }, partitions: [] };
    const standstills = after(joining, joining);
    expect(standstills).to.deep.equal([{ subject: 'membership', at: 0, ms: 10_000 }]);
    expect(after(joining, { ...joining, partitions: null })).to.deep.equal([]);
    expect(standstills.map(describeStandstill)).to.deep.equal([
      'not in the group for 10 s, although Kafka answers',
    ]);
  });
});
