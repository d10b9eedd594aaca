import { expect } from 'chai';
import {
  inspectPartition,
  type InspectDeps,
  type SeenLease,
} from '../../../src/processor/inspect-partition.ts';
import type { LogIdentity } from '../../../src/processor/ports/input-log.ts';
import { createWorld, type World } from '../../support/world.ts';

const TOPIC = 'run.close.requested';
const NOW: LogIdentity = { clusterId: 'cluster', inputId: 'first', outputsId: 'first' };
const LEASE: SeenLease = {
  ...NOW,
  partition: 0,
  nextOffset: 5,
  emittedThrough: 5,
  skippedBefore: 0,
  isCutShort: false,
  isNewLog: false,
  alarm: null,
};

describe('The alarm of an inspected partition', () => {
  const inspect = (deps: Partial<InspectDeps> = {}, facts: Partial<Facts> = {}) => {
    const { committed = 5, low = 0, high = 5, lastEmitted = 4 } = facts;
    return inspectPartition(
      {
        topic: TOPIC,
        log: {
          committedOffset: () => Promise.resolve(committed),
          bounds: () => Promise.resolve({ low, high }),
        },
        lastEmittedSource: () => Promise.resolve(lastEmitted),
        leases: [LEASE],
        identity: NOW,
        missingOutputs: () => [],
        ...deps,
      },
      0,
    );
  };
  type Facts = { committed: number; low: number; high: number; lastEmitted: number };
  const codeOf = async (...of: Parameters<typeof inspect>) => (await inspect(...of)).alarm?.code ?? null;

  it('is none if nothing is wrong, or if no processor has ever owned the partition', async () => {
    expect(await inspect()).to.deep.equal({ alarm: null, start: { cursor: 5, low: 0 } });
    expect(await codeOf({ leases: [] }, { committed: 3, low: 4 })).to.equal(null);
  });

  it('is first one about all partitions: a missing output partition, another cluster, another topic', async () => {
    const missing = [{ topic: 'run.closed', partitions: 0 }];
    const other = { ...LEASE, partition: 1 };
    const elsewhere = { ...other, clusterId: 'elsewhere' };
    const recreated = { ...other, inputId: 'former' };
    const outputs = { ...other, outputsId: 'former' };
    expect(await codeOf({ missingOutputs: () => missing, leases: [elsewhere] })).to.equal(
      'OUTPUT_PARTITION_MISSING',
    );
    expect(await codeOf({ leases: [LEASE, outputs, recreated, elsewhere] })).to.equal('CLUSTER_CHANGED');
    expect(await codeOf({ leases: [LEASE, outputs, recreated] })).to.equal('INPUT_RECREATED');
    expect(await codeOf({ leases: [LEASE, outputs] })).to.equal('OUTPUTS_RECREATED');
    const nameless = { ...NOW, inputId: null, outputsId: null };
    expect(await codeOf({ leases: [LEASE, outputs, recreated], identity: nameless })).to.equal(null);
  });

  it('is a gap, or a log that ends too soon', async () => {
    const gap = await inspect({}, { low: 7, high: 9 });
    expect(gap.start).to.deep.equal({ cursor: 5, low: 7 });
    expect(gap.alarm?.message).to.include(`${TOPIC}/0: offset 5 is next, but the log begins at 7`);
    expect(await codeOf({}, { high: 4 })).to.equal('INPUT_RECREATED');
  });

  it('is the alarm about a record that the owner has recorded, until the partition has passed the record', async () => {
    const alarm = { offset: 5, code: 'RECORD_TOO_LARGE', message: 'too large' } as const;
    const lease = { ...LEASE, nextOffset: 6, alarm };
    expect((await inspect({ leases: [lease] }, { high: 9 })).alarm).to.deep.equal({
      code: 'RECORD_TOO_LARGE',
      message: 'too large',
    });
    expect(await codeOf({ leases: [lease] }, { high: 9, lastEmitted: 5 })).to.equal(null);
  });

  it('is none if the owner advances between two reads', async () => {
    let committed = 5;
    let lastEmitted = 4;
    const goOn = <T>(answer: T): Promise<T> => {
      committed += 10;
      lastEmitted += 10;
      return Promise.resolve(answer);
    };
    const log = {
      committedOffset: () => goOn(committed),
      bounds: () => goOn({ low: 0, high: committed }),
    };
    expect(await codeOf({ log, lastEmittedSource: () => goOn(lastEmitted) })).to.equal(null);
  });

  describe('is the one that its owner has raised:', () => {
    let world: World;
    beforeEach(() => {
      world = createWorld();
      world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c2', runId: 'r2' });
    });

    const look = () => {
      const { log } = world.servers;
      const row = world.lease()!;
      const lease = {
        ...LEASE,
        ...row,
        alarm: row.alarm ?? null,
        inputId: row.topicsId,
        outputsId: row.topicsId,
      };
      return inspect({
        log,
        lastEmittedSource: (partition) => log.lastEmittedSource(partition),
        leases: [lease],
      });
    };

    it('a gap', async () => {
      await world.deliver(0, {}, 1);
      world.change({ low: 2, groupOffset: 1 });
      world.restart();
      const handled = await world.deliver(2);
      expect(handled.kind).to.equal('stopped');
      expect((await look()).alarm).to.deep.equal('alarm' in handled ? handled.alarm : null);
    });

    it('a log that was cut', async () => {
      await world.deliver(0);
      world.change({ high: 1, groupOffset: null });
      world.restart();
      const handled = await world.deliver(0);
      expect(handled.kind).to.equal('stopped');
      expect((await look()).alarm).to.deep.equal('alarm' in handled ? handled.alarm : null);
    });
  });
});
