import { expect } from 'chai';
import { createCommandAges } from '../../../../src/operations/serve/command-ages.ts';
import { createWaitingSearch } from '../../../../src/operations/serve/waiting-commands.ts';
import type { Handled } from '../../../../src/processor/ports/batch-handler.ts';
import type { InputBatch } from '../../../../src/processor/ports/input-record.ts';

const PARTITION = 3;
const SENT_AT = 1_000_000;

const batchOf = (...offsets: number[]): InputBatch => ({
  partition: PARTITION,
  first: offsets[0] ?? 0,
  end: (offsets.at(-1) ?? 0) + 1,
  records: offsets.map((offset) => ({
    offset,
    key: null,
    value: null,
    timestamp: SENT_AT + offset,
    headers: [],
  })),
});

const MEMBERSHIP = { generation: 1, isCurrent: () => true, heartbeat: () => Promise.resolve() };

describe('The age of the oldest command that waits', () => {
  let wall: number;
  let elapsed: number;
  let ages: ReturnType<typeof createCommandAges>;
  let finish: (handled: Handled) => void;
  beforeEach(() => {
    [wall, elapsed] = [SENT_AT + 5_000, 70_000];
    ages = createCommandAges({ now: () => wall, elapsed: () => elapsed });
  });

  const handle = (batch: InputBatch): Promise<Handled> =>
    ages
      .watch({
        handle: () => new Promise((resolve) => (finish = resolve)),
        assigned: () => undefined,
        drain: () => Promise.resolve(),
      })
      .handle(batch, MEMBERSHIP);

  const pass = (ms: number): void => {
    wall += ms;
    elapsed += ms;
  };

  const emitted = (end: number): void =>
    ages.observer.batchDone({ partition: PARTITION, end } as Parameters<typeof ages.observer.batchDone>[0]);

  it('grows while its batch is in flight, and is 0 when the batch is done', async () => {
    const handling = handle(batchOf(0, 1));
    expect(ages.ageOf(PARTITION)).to.equal(5_000);
    pass(2_000);
    expect(ages.ageOf(PARTITION)).to.equal(7_000);
    emitted(2);
    finish({ kind: 'continue' });
    await handling;
    expect(ages.ageOf(PARTITION)).to.equal(0);
  });

  it('is that of the next command when a part of the batch is emitted', async () => {
    const handling = handle(batchOf(0, 900));
    emitted(1);
    expect(ages.ageOf(PARTITION)).to.equal(4_100);
    finish({ kind: 'continue' });
    await handling;
  });

  it('grows while an alarm stops the partition, however often the batch is tried again', async () => {
    for (let tries = 0; tries < 3; tries += 1) {
      const handling = handle(batchOf(0, 1));
      finish({ kind: 'stopped', offset: 0, alarm: { code: 'INPUT_GAP', message: 'm' } });
      await handling;
      pass(5_000);
    }
    expect(ages.ageOf(PARTITION)).to.equal(20_000);
  });

  it('is forgotten when the group continues behind the command', async () => {
    const handling = handle(batchOf(0, 1));
    finish({ kind: 'seek', offset: 2 });
    await handling;
    expect(ages.ageOf(PARTITION)).to.equal(0);
    ages.found(PARTITION, { offset: 5, timestamp: SENT_AT });
    ages.reached(PARTITION, 5);
    expect(ages.isKnown(PARTITION)).to.equal(true);
    ages.reached(PARTITION, 6);
    expect(ages.isKnown(PARTITION)).to.equal(false);
  });

  it('is never negative, and does not jump with the clock', async () => {
    wall = SENT_AT - 60_000;
    const handling = handle(batchOf(0));
    expect(ages.ageOf(PARTITION)).to.equal(0);
    pass(3_000);
    wall -= 3_600_000;
    expect(ages.ageOf(PARTITION)).to.equal(3_000);
    wall += 7_200_000;
    expect(ages.ageOf(PARTITION)).to.equal(3_000);
    finish({ kind: 'continue' });
    await handling;
  });

  it('is asked of the broker if no batch holds the command', async () => {
    const asked: unknown[] = [];
    const [record] = batchOf(40).records;
    let busy: number[] = [];
    const search = createWaitingSearch({
      log: {
        firstRecord: (range) => {
          asked.push(range);
          return Promise.resolve({ topic: 'commands', partition: PARTITION, ...record! });
        },
      },
      ages,
      batches: { partitions: () => busy },
    });
    busy = [PARTITION];
    await search([{ partition: PARTITION, next: 40, end: 41 }]);
    busy = [];
    await search([{ partition: PARTITION, next: 40, end: 40 }]);
    expect(asked).to.deep.equal([]);
    await search([{ partition: PARTITION, next: 40, end: 41 }]);
    await search([{ partition: PARTITION, next: 40, end: 41 }]);
    expect(asked).to.deep.equal([{ partition: PARTITION, from: 40, to: 41 }]);
    expect(ages.ageOf(PARTITION)).to.equal(4_960);
  });
});
