import { expect } from 'chai';
import { failureOf } from '../../../src/processor/failure.ts';
import { PublishFailure } from '../../../src/sdk/publish-failure.ts';
import type { RunClosePublisher, RunClosePublisherSettings } from '../../../src/sdk/publisher.ts';
import { createRunClosePublisher } from '../../../src/sdk/run-close-publisher.ts';
import { aCommand } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';

describe('Publishing and waiting for the outcome', function () {
  this.timeout(120_000);

  let deployment: Deployment;
  let settings: RunClosePublisherSettings;
  let publisher: RunClosePublisher;

  before(async () => {
    deployment = await createDeployment(3);
    settings = {
      kafka: { brokers: deployment.brokers, clientId: 'coffee-bot' },
      registry: { url: deployment.env['SCHEMA_REGISTRY_URL'] ?? '' },
      topicPrefix: deployment.env['TOPIC_PREFIX'] ?? '',
      processorGroupId: deployment.groupId,
    };
    publisher = createRunClosePublisher(settings);
    await deployment.serve();
  });

  after(async () => {
    await publisher.close();
    await deployment.remove();
  });

  it('tells closed, rejected, duplicate with the first outcome, and finds them again later', async () => {
    const command = aCommand({ commandId: 'a', runId: 'a' });
    const closed = await publisher.closeAndWait(command);
    if (closed.outcome !== 'closed') return expect.fail(JSON.stringify(closed));
    expect(closed).to.include({ channelId: 'C1', commandId: 'a' });
    expect(closed.published).to.include({ topic: deployment.names.requested, offset: 0, commandId: 'a' });
    expect(closed.event).to.include({ runId: 'a', sequence: 1 });

    const again = { ...command, requestedAt: Date.now(), correlationId: 'another try' };
    const duplicate = await publisher.closeAndWait(again);
    if (duplicate.outcome !== 'duplicate') return expect.fail(JSON.stringify(duplicate));
    expect(duplicate.first).to.deep.equal({ outcome: 'closed', event: closed.event });

    const rejected = await publisher.closeAndWait(aCommand({ commandId: 'b', runId: 'a' }));
    if (rejected.outcome !== 'rejected') return expect.fail(JSON.stringify(rejected));
    expect(rejected.event.reason).to.equal('RUN_ALREADY_CLOSED');

    expect(await publisher.outcomeOf(closed)).to.deep.equal({ outcome: 'closed', event: closed.event });
    expect(await publisher.outcomeOf({ channelId: 'C1', commandId: 'b' })).to.deep.equal({
      outcome: 'rejected',
      event: rejected.event,
    });
    expect(await publisher.outcomeOf({ channelId: 'C2', commandId: 'a' })).to.equal(undefined);
  });

  it('tells each of many commands its own outcome, in many processes', async () => {
    const others = [createRunClosePublisher(settings), createRunClosePublisher(settings)];
    const results = await Promise.all(
      [publisher, ...others].flatMap((each, of) =>
        Array.from({ length: 200 }, (_, i) =>
          each.closeAndWait(
            aCommand({ commandId: `m${of}-${i}`, runId: `m${of}-${i}`, channelId: `M${i % 20}` }),
            { timeout: 90_000 },
          ),
        ),
      ),
    );
    await Promise.all(others.map((each) => each.close()));
    const told = results.map((it) => (it.outcome === 'closed' ? it.event.commandId : it.outcome));
    expect(told).to.deep.equal(results.map(({ commandId }) => commandId));
    expect(new Set(told).size).to.equal(600);
  });

  it('times out while nobody serves, and is found once somebody does', async () => {
    const paused = await createDeployment(1);
    const waiting = createRunClosePublisher({
      ...settings,
      topicPrefix: paused.env['TOPIC_PREFIX'] ?? '',
      processorGroupId: paused.groupId,
    });
    try {
      const timeout = await waiting.closeAndWait(aCommand(), { timeout: 500 });
      if (timeout.outcome !== 'timeout') return expect.fail(timeout.outcome);
      expect(timeout.message).to.include('publish it again with the same commandId');
      const late = waiting.closeAndWait(aCommand(), { timeout: 90_000 });
      const unfinished = waiting.closeAndWait(aCommand({ commandId: 'never' }), { timeout: 90_000 });
      await paused.serve();
      // The second one is the duplicate of the first, whose waiting was over.
      expect(await late).to.deep.include({ outcome: 'duplicate', first: await waiting.outcomeOf(timeout) });
      expect(await unfinished).to.have.property('outcome', 'rejected');
    } finally {
      await waiting.close();
      await paused.remove();
    }
  });

  it('settles everything that waits when it is closed', async () => {
    const closing = createRunClosePublisher({ ...settings, processorGroupId: 'nobody-serves-this-group' });
    // Known already, so nothing is emitted, and this group never passes it.
    const waiting = closing.closeAndWait(aCommand({ commandId: 'a', runId: 'a' })).catch((it: unknown) => it);
    const end = async (): Promise<number> => {
      const offsets = await deployment.admin.fetchTopicOffsets(deployment.names.requested);
      return offsets.reduce((sum, { high }) => sum + Number(high), 0);
    };
    const before = await end();
    await until('it is published', async () => (await end()) > before);
    const searching = closing.outcomeOf({ channelId: 'C1', commandId: 'none' }).catch(failureOf);
    await closing.close();
    const failure = await waiting;
    if (!(failure instanceof PublishFailure)) return expect.fail(String(failure));
    expect(failure).to.include({ code: 'PUBLISHER_CLOSED', outcome: 'published' });
    expect(failure.commands[0]).to.have.property('commandId', 'a');
    const found = await searching;
    expect(found === undefined || failureOf(found).code === 'PUBLISHER_CLOSED').to.equal(true);
    for (const late of [
      closing.closeAndWait(aCommand()),
      closing.outcomeOf({ channelId: 'C', commandId: 'c' }),
    ])
      expect(await late.catch(failureOf)).to.include({ code: 'PUBLISHER_CLOSED' });
  });

  it('sends nothing if there is no such topic, or no broker', async () => {
    for (const wrong of [
      { ...settings, topicPrefix: 'nowhere.' },
      { ...settings, kafka: { ...settings.kafka, brokers: ['127.0.0.1:1'] } },
    ]) {
      const lost = createRunClosePublisher(wrong);
      const failure = await lost.closeAndWait(aCommand()).catch((it: unknown) => it);
      await lost.close();
      expect(failure).to.be.instanceOf(PublishFailure).with.property('outcome', 'not sent');
    }
  });

  it('refuses options that make no sense, and invalid commands, before it sends', async () => {
    const wrong = { timeout: 0, signal: 'soon', retries: 1 } as never;
    const refused = failureOf(await publisher.closeAndWait(aCommand(), wrong).catch((it: unknown) => it));
    expect(refused).to.include({ code: 'WRONG_USE' });
    expect(refused.message.split('; ')).to.have.lengthOf(3);
    const invalid = publisher.closeAndWait(aCommand({ runId: '' }));
    expect(await invalid.catch(failureOf)).to.include({ code: 'INVALID_COMMAND' });
    expect(await publisher.outcomeOf({ channelId: 'C1' } as never).catch(failureOf)).to.include({
      code: 'WRONG_USE',
    });
  });
});
