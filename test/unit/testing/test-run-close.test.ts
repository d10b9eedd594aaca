import { expect } from 'chai';
import { failureOf } from '../../../src/processor/failure.ts';
import { PublishFailure } from '../../../src/sdk/publish-failure.ts';
import { rememberInMemory } from '../../../src/sdk/remember.ts';
import { createTestRunClose, type TestRunClose } from '../../../src/testing/test-run-close.ts';

describe('RunClose in memory', () => {
  let runClose: TestRunClose;
  let seen: string[];

  beforeEach(() => {
    runClose = createTestRunClose();
    seen = [];
  });

  const notifier = (handle: (runId: string) => Promise<void> | void, more: object = {}) =>
    runClose.subscriber({
      groupId: 'notifier',
      handlers: { 'run.closed': ({ event }) => handle(event.runId) },
      onUndecodable: ({ poison }) => void seen.push(poison.code),
      onRetry: ({ failure }) => void seen.push(failure.code),
      ...more,
    });

  const note = (runId: string): void => {
    seen.push(runId);
  };

  it('tells closed, rejected, and duplicate with the first outcome', async () => {
    const publisher = runClose.publisher();
    const command = runClose.command({ runId: 'a', commandId: 'a' });
    const closed = await publisher.closeAndWait(command);
    if (closed.outcome !== 'closed') return expect.fail(closed.outcome);
    const again = await publisher.closeAndWait({ ...command, requestedAt: new Date() });
    expect(again).to.deep.include({
      outcome: 'duplicate',
      first: { outcome: 'closed', event: closed.event },
    });
    const other = await publisher.closeAndWait({ ...command, commandId: 'b' });
    expect(other.outcome === 'rejected' && other.event.reason).to.equal('RUN_ALREADY_CLOSED');
    expect(await publisher.outcomeOf(closed)).to.deep.equal({ outcome: 'closed', event: closed.event });
    expect(runClose.events('run.closed').map(({ runId }) => runId)).to.deep.equal(['a']);
  });

  it('decides the same each time', async () => {
    const decide = async (kit: TestRunClose) => {
      const publisher = kit.publisher();
      for (let run = 0; run < 5; run++) await publisher.closeAndWait(kit.command({}));
      return kit.events('run.closed');
    };
    expect(await decide(runClose)).to.deep.equal(await decide(createTestRunClose()));
  });

  it('follows the policy of a channel', async () => {
    runClose.given({ channelId: 'coffee', policy: { enabled: false } });
    const result = await runClose.publisher().closeAndWait(runClose.command({}));
    expect(result.outcome === 'rejected' && result.event.reason).to.equal('CHANNEL_DISABLED');
  });

  it('delivers in order, and again what was not handled', async () => {
    let failures = 2;
    void notifier((runId) => {
      if (runId === 'b' && failures-- > 0) throw new Error('away');
      note(runId);
    }).run();
    await runClose.publisher().publish(['a', 'b', 'c'].map((runId) => runClose.command({ runId })));
    await runClose.settled();
    expect(seen).to.deep.equal(['a', 'HANDLER_FAILED', 'HANDLER_FAILED', 'b', 'c']);
  });

  it('says which handler fails for ever, and parks the event if it is told to', async () => {
    const broken = notifier(() => {
      throw new Error('away');
    });
    void broken.run();
    await runClose.publisher().publish(runClose.command({}));
    expect(await runClose.settled().catch(failureOf)).to.include({ code: 'HANDLER_FAILED' });
    await broken.stop();
    const retries = { attempts: 2, then: 'park', topic: 'parked' };
    const logger = { warn: () => undefined };
    void notifier(() => Promise.reject(new Error('away')), { retries, logger }).run();
    await runClose.settled();
    expect(runClose.records('parked')).to.have.lengthOf(1);
  });

  it('delivers an event again after a rebalance during its handler, and everything when told to', async () => {
    let finish: () => void = () => undefined;
    void notifier(async (runId) => {
      note(runId);
      if (seen.length === 1) await new Promise<void>((resolve) => (finish = resolve));
    }).run();
    await runClose.publisher().publish(runClose.command({ runId: 'a' }));
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    runClose.rebalance();
    finish();
    await runClose.settled();
    expect(seen).to.deep.equal(['a', 'a']);
    runClose.redeliver();
    await runClose.settled();
    expect(seen).to.deep.equal(['a', 'a', 'a']);
  });

  it('drops repeats that the service remembers', async () => {
    void notifier(note, { remember: rememberInMemory() }).run();
    await runClose.publisher().publish(runClose.command({ runId: 'a' }));
    await runClose.settled();
    runClose.redeliver();
    await runClose.settled();
    expect(seen).to.deep.equal(['a']);
  });

  it('plays outages: times out while nobody decides, and publishes nothing without Kafka or the registry', async () => {
    const publisher = runClose.publisher();
    runClose.away('registry');
    const unsent = await publisher.closeAndWait(runClose.command({})).catch((it: unknown) => it);
    expect(unsent).to.be.instanceOf(PublishFailure).with.property('outcome', 'not sent');
    runClose.back('registry');
    runClose.away('processor');
    const waiting = publisher.closeAndWait(runClose.command({ runId: 'late' }));
    await runClose.settled();
    runClose.pass(30_000);
    const result = await waiting;
    expect(result.outcome).to.equal('timeout');
    runClose.back('processor');
    await runClose.settled();
    expect((await publisher.outcomeOf(result))?.outcome).to.equal('closed');
    runClose.away('kafka');
    const lost = await publisher.closeAndWait(runClose.command({})).catch((it: unknown) => it);
    expect(lost).to.be.instanceOf(PublishFailure).with.property('code', 'KAFKA_UNAVAILABLE');
  });

  it('plays dead letters and records that are no events', async () => {
    runClose.deadLetterNext();
    const result = await runClose.publisher().closeAndWait(runClose.command({}));
    expect(result).to.include({ outcome: 'dead-letter', code: 'UNKNOWN_SCHEMA_ID' });
    void notifier(note).run();
    runClose.put('run.closed', { key: 'coffee', value: Buffer.from('no event') });
    await runClose.settled();
    expect(seen).to.deep.equal(['WRONG_MAGIC_BYTE']);
  });

  it('settles what waits when the publisher is closed', async () => {
    runClose.away('processor');
    const publisher = runClose.publisher();
    const waiting = publisher.closeAndWait(runClose.command({})).catch(failureOf);
    await runClose.settled();
    await publisher.close();
    expect(await waiting).to.include({ code: 'PUBLISHER_CLOSED' });
  });
});
