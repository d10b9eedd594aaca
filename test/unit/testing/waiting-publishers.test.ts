import { expect } from 'chai';
import type { CloseResult } from '../../../src/sdk/close-result.ts';
import { createTestRunClose, type TestRunClose } from '../../../src/testing/test-run-close.ts';

describe('A publisher in memory that waits', () => {
  let runClose: TestRunClose;

  beforeEach(() => {
    runClose = createTestRunClose({ partitions: 1 });
  });

  const outcomesOf = (results: readonly CloseResult[]) => results.map(({ outcome }) => outcome);

  it('for a command that retention deletes undecided, is told at its timeout; later commands are decided', async () => {
    runClose.away('processor');
    const publisher = runClose.publisher();
    const lost = publisher.closeAndWait(runClose.command({ runId: 'lost' }));
    await runClose.waiting();
    runClose.expire('run.close.requested');
    const kept = publisher.closeAndWait(runClose.command({ runId: 'kept' }));
    await runClose.waiting(2);
    runClose.back('processor');
    expect(await kept).to.have.property('outcome', 'closed');
    await runClose.settled();
    runClose.pass(30_000);
    expect(await lost).to.have.property('outcome', 'timeout');
    expect(runClose.events('run.closed').map(({ runId }) => runId)).to.deep.equal(['kept']);
  });

  for (const topic of ['run.closed', 'run.close.rejected', 'run.close.requested.dlq'])
    it(`is told what became of its command, although ${topic} loses its records at once`, async () => {
      runClose.away('processor');
      const publisher = runClose.publisher();
      const command = runClose.command();
      const first = publisher.closeAndWait(command);
      await runClose.waiting();
      const second = publisher.closeAndWait({ ...command, commandId: 'second' });
      await runClose.waiting(2);
      runClose.back('processor');
      for (let turn = 0; turn < 50; turn++) {
        runClose.expire(topic);
        await Promise.resolve();
      }
      expect(outcomesOf([await first, await second])).to.deep.equal(['closed', 'rejected']);
    });

  it('for the same command as others, is told the one outcome, as they are', async () => {
    runClose.away('processor');
    const command = runClose.command({ commandId: 'same' });
    const publishers = [runClose.publisher(), runClose.publisher()];
    const results = Promise.all(
      [...publishers, ...publishers].map((publisher) => publisher.closeAndWait(command)),
    );
    await runClose.waiting(4);
    runClose.back('processor');
    const [first, ...others] = (await results).toSorted(
      (a, b) => Number(a.published?.offset) - Number(b.published?.offset),
    );
    const event = first?.outcome === 'closed' ? first.event : expect.fail(JSON.stringify(first));
    for (const other of others)
      expect(other).to.deep.include({ outcome: 'duplicate', first: { outcome: 'closed', event } });
    expect(others).to.have.lengthOf(3);
  });

  it('finds outcomes from before it was made', async () => {
    const command = runClose.command({ commandId: 'early' });
    const closed = await runClose.publisher().closeAndWait(command);
    const { published: _, channelId: __, commandId: ___, ...first } = closed;
    const late = runClose.publisher();
    expect(await late.outcomeOf(closed)).to.deep.equal(first);
    expect(await late.closeAndWait(command)).to.deep.include({ outcome: 'duplicate', first });
  });

  it('is not held up by a thousand others', async () => {
    runClose.away('processor');
    const publisher = runClose.publisher();
    const all = Promise.all(Array.from({ length: 1_000 }, () => publisher.closeAndWait(runClose.command())));
    await runClose.waiting(1_000);
    runClose.back('processor');
    expect(new Set(outcomesOf(await all))).to.deep.equal(new Set(['closed']));
  });
});
