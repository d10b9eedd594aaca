import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
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

  const neverAnswering = () => {
    let handle: () => Promise<void> = () => Promise.resolve();
    const called = new Promise<void>((resolve) => {
      handle = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    return { handle, called };
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
    expect(lost).to.be.instanceOf(PublishFailure).with.property('code', 'KAFKA_CONNECTION');
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

  describe('given a history', () => {
    const runnerOf = async (members: readonly string[]): Promise<string> => {
      const result = await runClose.publisher().closeAndWait(runClose.command({ members }));
      return result.outcome === 'closed' ? result.event.runner.userId : expect.fail(result.outcome);
    };
    const members = ['ana', 'ben', 'cem'];

    for (const runner of members)
      it(`knows that ${runner} went before, without an event`, async () => {
        const others = members.filter((it) => it !== runner);
        for (const each of others)
          runClose.given({ channelId: 'coffee', pastRuns: [{ runner: each, members }] });
        runClose.given({ channelId: 'coffee', pastRuns: [{ runner, members }] });
        expect(runClose.events('run.closed')).to.be.empty;
        // All are even again, so only the one who went last is left out.
        expect(await runnerOf(members)).to.be.oneOf(others);
        expect(runClose.events('run.closed')[0]?.sequence).to.equal(4);
      });

    it('lets the one go who has gone least', async () => {
      const pastRuns = ['ana', 'ben', 'ana', 'ben'].map((runner) => ({ runner, members }));
      runClose.given({ channelId: 'coffee', policy: { enabled: false }, pastRuns });
      runClose.given({ channelId: 'coffee', policy: { enabled: true } });
      expect(await runnerOf(members)).to.equal('cem');
      expect(runClose.events('run.closed')[0]?.fairness).to.deep.include({ policyVersion: 2, windowRuns: 5 });
    });

    it('refuses what RunClose would never have', () => {
      const given = (more: object) => () => {
        runClose.given({ channelId: 'coffee', ...more });
      };
      expect(given({ policy: { windowRuns: 0, repeat: 'never', enable: true } })).to.throw(
        'policy.windowRuns must be a whole number from 1 to 50; policy.repeat must be one of strict, soft; ' +
          'policy.enable is not a setting: did you mean enabled?',
      );
      expect(given({ pastRuns: [{ runner: '' }] })).to.throw('a past run cannot be closed: initiatorUserId');
      expect(() => createTestRunClose({ partitions: 0 })).to.throw('partitions must be');
      expect(() => createTestRunClose({ now: new Date('soon') })).to.throw('now must be');
    });

    it('makes a version of the policy only for a change', async () => {
      runClose.given({ channelId: 'coffee', policy: { windowRuns: 5 } });
      await runnerOf(members);
      expect(runClose.events('run.closed')[0]?.fairness.policyVersion).to.equal(0);
    });
  });

  it('checks the addresses of servers, although it needs none', () => {
    const wrong = { kafka: { brokers: [], clientId: '' }, registry: { url: 'memory' } };
    expect(() => runClose.publisher(wrong))
      .to.throw('kafka.brokers must be')
      .and.have.property('code', 'WRONG_USE');
    expect(() => notifier(note, wrong)).to.throw('registry.url must be');
  });

  it('tells when a service waits, so that a test of its timeout begins no earlier', async () => {
    runClose.away('processor');
    const published = new Promise((resolve) => setTimeout(resolve, 5)).then(() =>
      runClose.publisher().closeAndWait(runClose.command()),
    );
    await runClose.waiting();
    runClose.pass(30_000);
    expect(await published).to.have.property('outcome', 'timeout');
  });

  it('joins a group once Kafka is back, and says meanwhile that it is away', async () => {
    runClose.away('kafka');
    const subscriber = notifier(note);
    void subscriber.run();
    await runClose.settled();
    expect(seen).to.deep.equal(['KAFKA_CONNECTION']);
    runClose.back('kafka');
    await subscriber.ready;
    await runClose.publisher().closeAndWait(runClose.command({ runId: 'a' }));
    await runClose.settled();
    expect(seen).to.deep.equal(['KAFKA_CONNECTION', 'a']);
  });

  it('gives up joining when the starting time has passed', async () => {
    runClose.away('kafka');
    const ended = notifier(note).run().catch(failureOf);
    for (let i = 0; i < 15; i++) {
      await runClose.settled();
      runClose.pass(2_000);
    }
    expect(await ended).to.include({ code: 'KAFKA_CONNECTION' });
  });

  it('waits with events while the registry is away', async () => {
    await runClose.publisher().closeAndWait(runClose.command({ runId: 'a' }));
    runClose.away('registry');
    void notifier(note).run();
    await runClose.settled();
    expect(seen).to.deep.equal(['REGISTRY_UNAVAILABLE']);
    runClose.back('registry');
    await runClose.settled();
    expect(seen).to.deep.equal(['REGISTRY_UNAVAILABLE', 'a']);
  });

  it('writes events again as a replay does, and deletes them as retention does', async () => {
    void notifier(note).run();
    const skipping: string[] = [];
    void notifier((runId) => void skipping.push(runId), { groupId: 'other', replays: 'skip' }).run();
    const closed = await runClose.publisher().closeAndWait(runClose.command({ runId: 'a' }));
    runClose.replay();
    await runClose.settled();
    expect([seen, skipping]).to.deep.equal([['a', 'a'], ['a']]);
    runClose.expire('run.closed');
    expect(runClose.events('run.closed')).to.be.empty;
    expect(runClose.events('run.summary')).to.have.lengthOf(2);
    expect(await runClose.publisher().outcomeOf(closed)).to.equal(undefined);
    runClose.redeliver();
    await runClose.settled();
    expect(seen).to.deep.equal(['a', 'a']);
  });

  it('stops as soon as the test lets the time pass, without waiting for a handler that never answers', async () => {
    const handler = neverAnswering();
    const stuck = notifier(handler.handle);
    const running = stuck.run();
    await runClose.publisher().publish(runClose.command());
    await handler.called;
    const stopping = stuck.stop();
    runClose.pass(30_000);
    await Promise.all([stopping, running]);
  });

  it('says which handler does not answer', async () => {
    const clock = useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const logger = { warn: (_: object, message: string) => void seen.push(message) };
      const handler = neverAnswering();
      const stuck = notifier(handler.handle, { logger });
      const running = stuck.run();
      await runClose.publisher().publish(runClose.command());
      await handler.called;
      clock.tick(120_000);
      const [event] = runClose.records('run.closed');
      expect(seen[0]).to.equal(
        `the handler of run.closed at run.closed/${String(event?.partition)}@0 has been running for 1 minute: its partition waits, the others continue`,
      );
      const stopping = stuck.stop();
      runClose.pass(30_000);
      await Promise.all([stopping, running]);
      expect(clock.countTimers()).to.equal(0);
    } finally {
      clock.restore();
    }
  });

  it('calls a mended handler with a parked event that is delivered again', async () => {
    let isMended = false;
    const retries = { attempts: 2, then: 'park', topic: 'parked' };
    const logger = { warn: () => undefined };
    const handle = (runId: string): void => {
      if (!isMended) throw new Error('not yet');
      note(runId);
    };
    void notifier(handle, { retries, logger, remember: rememberInMemory(), onRetry: () => undefined }).run();
    await runClose.publisher().publish(runClose.command({ runId: 'a' }));
    await runClose.settled();
    isMended = true;
    for (let i = 0; i < 2; i++) {
      runClose.redeliver();
      await runClose.settled();
    }
    expect(seen).to.deep.equal(['a']);
    expect(runClose.records('parked')).to.have.lengthOf(1);
  });
});
