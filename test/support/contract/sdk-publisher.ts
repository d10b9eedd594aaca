/** What every publisher promises, the real one and the one of `runclose/testing`. */
import { expect } from 'chai';
import { type Failure, failureOf } from '../../../src/processor/failure.ts';
import { PublishFailure } from '../../../src/sdk/publish-failure.ts';
import type { CloseResult } from '../../../src/sdk/close-result.ts';
import { aCommand, anOrder } from '../commands.ts';
import { createUnique, type SdkEdges } from './sdk-edges.ts';

const unique = createUnique();

export const publisherContract = (edges: () => SdkEdges): void => {
  /** A valid command in a channel of its own. */
  const fresh = (more: Parameters<typeof aCommand>[0] = {}) =>
    aCommand({ channelId: unique('C'), commandId: unique('command'), runId: unique('run'), ...more });
  const failing = async (call: Promise<unknown>): Promise<Failure> =>
    call.then((it) => expect.fail(`it resolves: ${JSON.stringify(it)}`), failureOf);
  const publishFailing = async (call: Promise<unknown>): Promise<PublishFailure> => {
    const failure = await failing(call);
    return failure instanceof PublishFailure ? failure : expect.fail(failure.message);
  };
  const eventOf = (result: CloseResult) =>
    result.outcome === 'closed' ? result.event : expect.fail(JSON.stringify(result));
  const reasonOf = (result: CloseResult) =>
    result.outcome === 'rejected' ? result.event.reason : expect.fail(JSON.stringify(result));
  const commands = async (channelId: string) =>
    (await edges().records(edges().names.requested)).filter(({ key }) => key?.toString() === channelId);

  describe('an outcome', () => {
    it('is `closed` with the event, the position and the fields that the publisher has filled in', async () => {
      const { commandId: _, requestedAt: __, ...command } = fresh();
      const result = await edges().publisher().closeAndWait(command);
      expect(eventOf(result)).to.include({ runId: command.runId, channelId: command.channelId, sequence: 1 });
      expect(result.commandId).to.be.a('string').and.not.equal('');
      expect(result.published).to.include({ topic: edges().names.requested, commandId: result.commandId });
      expect(result.published?.requestedAt).to.be.a('number').and.equal(eventOf(result).closedAt);
    });

    it('is `rejected` with the reason', async () => {
      const publisher = edges().publisher();
      const command = fresh();
      await publisher.closeAndWait(command);
      expect(reasonOf(await publisher.closeAndWait({ ...command, commandId: unique('other') }))).to.equal(
        'RUN_ALREADY_CLOSED',
      );
      expect(reasonOf(await publisher.closeAndWait(fresh({ actorUserId: 'a stranger' })))).to.equal(
        'UNAUTHORIZED',
      );
      expect(reasonOf(await publisher.closeAndWait(fresh({ orders: [] })))).to.equal('NO_ELIGIBLE_RUNNER');
    });

    it('is `rejected` in a channel that is disabled', async () => {
      const command = fresh();
      await edges().disable(command.channelId);
      expect(reasonOf(await edges().publisher().closeAndWait(command))).to.equal('CHANNEL_DISABLED');
    });

    it('is `duplicate` with the first outcome, whatever time and correlation id the second try has', async () => {
      const publisher = edges().publisher();
      const [closed, rejected] = [fresh(), fresh({ orders: [] })];
      for (const command of [closed, rejected]) {
        const {
          published: _,
          channelId: __,
          commandId: ___,
          ...first
        } = await publisher.closeAndWait(command);
        const again = await publisher.closeAndWait({
          ...command,
          requestedAt: new Date(),
          correlationId: 'again',
        });
        expect(again).to.deep.include({ outcome: 'duplicate', first });
      }
    });

    it('is `duplicate` without the first outcome if retention has deleted that', async () => {
      const publisher = edges().publisher();
      const command = fresh();
      const closed = await publisher.closeAndWait(command);
      await edges().expire(edges().names.closed);
      expect(await publisher.outcomeOf(closed)).to.equal(undefined);
      expect(await publisher.closeAndWait(command)).to.deep.include({
        outcome: 'duplicate',
        first: undefined,
      });
    });

    it('is `rejected` for the same id with other content', async () => {
      const publisher = edges().publisher();
      const command = fresh();
      await publisher.closeAndWait(command);
      const other = await publisher.closeAndWait({ ...command, pickupNote: 'second counter' });
      expect(reasonOf(other)).to.equal('COMMAND_ID_REUSED');
      expect(other.outcome === 'rejected' && other.event.message).to.include('pickupNote');
    });

    it('is each command’s own, if many wait at once', async () => {
      const publisher = edges().publisher();
      const channels = Array.from({ length: 5 }, () => unique('C'));
      const many = Array.from({ length: 100 }, (_, i) => fresh({ channelId: channels[i % 5] ?? '' }));
      const results = await Promise.all(many.map((command) => publisher.closeAndWait(command)));
      expect(results.map((it) => eventOf(it).commandId)).to.deep.equal(
        many.map(({ commandId }) => commandId),
      );
      const sequences = results.filter((_, i) => i % 5 === 0).map((it) => eventOf(it).sequence);
      expect(sequences).to.deep.equal(sequences.map((_, i) => i + 1));
    });

    it('is `dead-letter` with the reason if the processor cannot decode the command, which then has claimed no id', async () => {
      const command = fresh();
      const misled = await edges().undecodablePublisher();
      const { published, ...result } = await misled.closeAndWait(command);
      const { channelId, commandId } = command;
      expect(result).to.include({ channelId, commandId, outcome: 'dead-letter', code: 'UNKNOWN_SCHEMA_ID' });
      const { message } = result as { message?: unknown };
      expect(message).to.include('schema id');
      expect(published).to.include({ topic: edges().names.requested, commandId });
      const outcome = { outcome: 'dead-letter', code: 'UNKNOWN_SCHEMA_ID', message };
      expect(await misled.outcomeOf(command)).to.deep.equal(outcome);
      const publisher = edges().publisher();
      const event = eventOf(await publisher.closeAndWait(command));
      expect(await publisher.outcomeOf(command)).to.deep.equal({ outcome: 'closed', event });
    });

    it('is the same for a time as a Date, as a text and in milliseconds', async () => {
      const times = [new Date(1_000), '1970-01-01T01:00:01+01:00', 1_000];
      const publisher = edges().publisher();
      const closedAt = times.map(
        async (requestedAt) => eventOf(await publisher.closeAndWait({ ...fresh(), requestedAt })).closedAt,
      );
      expect(await Promise.all(closedAt)).to.deep.equal([1_000, 1_000, 1_000]);
    });

    it('can be asked for later, also by another publisher', async () => {
      const command = fresh();
      const event = eventOf(await edges().publisher().closeAndWait(command));
      const publisher = edges().publisher();
      expect(await publisher.outcomeOf(command)).to.deep.equal({ outcome: 'closed', event });
      expect(await publisher.outcomeOf({ ...command, commandId: 'unknown' })).to.equal(undefined);
      expect(await publisher.outcomeOf({ ...command, channelId: 'unknown' })).to.equal(undefined);
    });
  });

  describe('while nobody decides', () => {
    beforeEach(() => edges().processor('away'));

    it('a thousand wait at once, and later each is told its own outcome', async () => {
      const publishers = [edges().publisher(), edges().publisher()];
      const channels = Array.from({ length: 20 }, () => unique('C'));
      const many = Array.from({ length: 500 }, (_, i) => fresh({ channelId: channels[i % 20] ?? '' }));
      const tries = many.map((command) =>
        Promise.all(publishers.map((publisher) => publisher.closeAndWait(command, { timeout: 60_000 }))),
      );
      await edges().until('all are published', async () => {
        const records = await edges().records(edges().names.requested);
        return records.filter(({ key }) => channels.includes(key?.toString() ?? '')).length === 1_000;
      });
      await edges().processor('back');
      for (const [i, results] of (await Promise.all(tries)).entries()) {
        const [first, second] = results.toSorted(
          (a, b) => (a.published?.offset ?? 0) - (b.published?.offset ?? 0),
        );
        const event = eventOf(first ?? expect.fail('it has no result'));
        expect(event.commandId).to.equal(many[i]?.commandId);
        expect(second).to.deep.include({ outcome: 'duplicate', first: { outcome: 'closed', event } });
      }
    });

    it('a wait times out and says how to ask again; later the outcome is found, and a second try is a duplicate', async () => {
      const publisher = edges().publisher();
      const command = fresh();
      const waiting = publisher.closeAndWait(command, { timeout: 1_000 });
      await edges().pass(1_000);
      const result = await waiting;
      const { partition, offset } = result.published ?? expect.fail('it is not published');
      expect(result).to.include({
        outcome: 'timeout',
        message:
          `command ${command.commandId} of channel ${command.channelId} is published at ` +
          `${edges().names.requested}/${String(partition)}@${String(offset)} and has no known outcome: no outcome came within 1 s. ` +
          `Ask again with outcomeOf({ channelId: "${command.channelId}", commandId: "${command.commandId}" }), ` +
          'or publish it again with the same commandId: it counts once',
      });
      expect(await publisher.outcomeOf(command)).to.equal(undefined);
      await edges().processor('back');
      const duplicate = await publisher.closeAndWait(command);
      expect(duplicate).to.deep.include({ outcome: 'duplicate', first: await publisher.outcomeOf(command) });
      expect(duplicate.outcome === 'duplicate' && duplicate.first?.outcome).to.equal('closed');
    });

    it('commands are kept, and decided in their order once somebody does', async () => {
      const publisher = edges().publisher();
      const channelId = unique('C');
      const published = await publisher.publish([fresh({ channelId }), fresh({ channelId })]);
      expect(published.map(({ offset }) => offset - (published[0]?.offset ?? 0))).to.deep.equal([0, 1]);
      const last = publisher.closeAndWait(fresh({ channelId }));
      await edges().processor('back');
      expect(eventOf(await last).sequence).to.equal(3);
    });

    it('a wait ends when its signal is aborted: nothing is sent afterwards, and what was sent is said to be', async () => {
      const publisher = edges().publisher();
      const [unsent, sent] = [fresh(), fresh()];
      const early = await publishFailing(
        publisher.closeAndWait(unsent, { signal: AbortSignal.abort('gone') }),
      );
      expect(early).to.include({ code: 'WAIT_ABORTED', kind: 'fatal', outcome: 'not sent' });
      expect(early.message).to.equal(
        `command ${unsent.commandId} of channel ${unsent.channelId} was not sent: the wait was aborted. Publish it again`,
      );
      expect(await commands(unsent.channelId)).to.be.empty;
      const controller = new AbortController();
      const waiting = publishFailing(publisher.closeAndWait(sent, { signal: controller.signal }));
      await edges().until('it is published', async () => (await commands(sent.channelId)).length > 0);
      await edges().pass(1);
      controller.abort('gone');
      const late = await waiting;
      expect(late).to.include({ code: 'WAIT_ABORTED' });
      // The abort may come before the broker's answer.
      expect(late.outcome).to.be.oneOf(['published', 'unknown']);
      expect(late.commands).to.deep.equal([sent]);
    });

    it('a wait ends when its publisher is closed, and so does everything afterwards', async () => {
      const publisher = edges().publisher();
      const command = fresh();
      const waiting = publishFailing(publisher.closeAndWait(command));
      await edges().until('it is published', async () => (await commands(command.channelId)).length > 0);
      await publisher.close();
      await publisher.close();
      expect(await waiting).to.include({ code: 'PUBLISHER_CLOSED', outcome: 'published' });
      for (const call of [
        publisher.publish(command),
        publisher.closeAndWait(command),
        publisher.outcomeOf(command),
      ])
        expect(await failing(call)).to.include({
          code: 'PUBLISHER_CLOSED',
          message: 'this publisher is closed: create another one to publish more',
        });
    });
  });

  describe('before anything is sent', () => {
    it('a command is checked: its fields, all at once, and then its values', async () => {
      const publisher = edges().publisher();
      const command = fresh();
      const wrong = { ...command, runId: 7, pickupTime: 'soon', pickup: 'x' } as never;
      for (const call of [publisher.publish(wrong), publisher.closeAndWait(wrong)]) {
        const failure = await failing(call);
        expect(failure).to.include({ code: 'WRONG_USE' });
        expect(failure.message.split('; ')).to.have.lengthOf(3);
      }
      const twice = { ...command, orders: [anOrder(), anOrder({ orderId: 'other' })] };
      expect(await failing(publisher.publish([command, twice]))).to.include({ code: 'INVALID_COMMAND' });
      expect(await commands(command.channelId)).to.be.empty;
    });

    it('options, headers and names are checked', async () => {
      const publisher = edges().publisher();
      const options = { timeout: 0, signal: 'soon', retries: 1 } as never;
      expect((await failing(publisher.closeAndWait(fresh(), options))).message).to.equal(
        'timeout must be a whole number of milliseconds from 1 to 2147483647; signal must be an AbortSignal; retries is not an option: the options are headers, timeout, signal',
      );
      expect((await failing(publisher.publish(fresh(), { headers: { a: 1 } as never }))).message).to.equal(
        'headers.a is not a text',
      );
      const none = null as never;
      for (const call of [
        publisher.publish(fresh(), none),
        publisher.closeAndWait(fresh(), none),
        publisher.outcomeOf({ channelId: 'C', commandId: 'c' }, none),
        publisher.publish([], { header: {} } as never),
        publisher.publish(none),
      ])
        expect(await failing(call)).to.include({ code: 'WRONG_USE' });
      expect((await failing(publisher.outcomeOf({ channelId: '' } as never))).message).to.equal(
        'channelId must be a text that is not empty; commandId must be a text that is not empty',
      );
    });

    it('settings are checked, all at once', () => {
      const wrong = { invalidCommands: 'maybe', processorGroupId: '', logger: {} } as never;
      expect(() => edges().publisher(wrong)).to.throw(
        'the settings of the publisher cannot work: logger must be an object with a function warn; ' +
          'invalidCommands must be one of refuse, publish; processorGroupId must be a text that is not empty',
      );
    });

    it('nothing is checked if the processor is to reject invalid commands', async () => {
      const publisher = edges().publisher({ invalidCommands: 'publish' });
      expect(reasonOf(await publisher.closeAndWait(fresh({ runId: '' })))).to.equal('INVALID_COMMAND');
    });
  });

  it('bytes that are no command become a dead letter, and the next command is decided', async () => {
    const channelId = unique('C');
    await edges().put(edges().names.requested, { key: channelId, value: Buffer.from('no command') });
    await edges().publisher().closeAndWait(fresh({ channelId }));
    const letters = await edges().records(edges().names.deadLetters);
    const own = letters.find(({ key }) => key?.toString() === channelId);
    expect(own?.value?.toString()).to.equal('no command');
    expect(own?.headers.map(([name]) => name)).to.include('__connect.errors.exception.message');
  });

  describe('without a server', () => {
    it('publishing says that it is unknown what became of the commands, and waiting that nothing was sent: Kafka', async () => {
      edges().away('kafka');
      const publisher = edges().publisher();
      const command = fresh();
      const { requested, closed, rejected, deadLetters } = edges().names;
      const [unknown, unsent, unanswered] = await Promise.all([
        publishFailing(publisher.publish(command)),
        publishFailing(publisher.closeAndWait(command)),
        failing(publisher.outcomeOf(command)),
      ]);
      const away = { kind: 'transient', code: 'KAFKA_CONNECTION' };
      expect(unknown).to.include({ ...away, outcome: 'unknown' });
      expect(unknown.commands).to.deep.equal([command]);
      expect(unknown.message).to.match(new RegExp(`^counting the partitions of ${requested}: `));
      expect(unsent).to.include({ ...away, outcome: 'not sent' });
      expect(unanswered).to.include(away);
      for (const { message } of [unsent, unanswered])
        expect(
          message.startsWith(`counting the partitions of ${closed}, ${rejected}, ${deadLetters}: `),
        ).to.equal(true);
    });

    it('nothing is sent: registry', async () => {
      edges().away('registry');
      const publisher = edges().publisher();
      for (const call of [publisher.publish(fresh()), publisher.closeAndWait(fresh())]) {
        const failure = await publishFailing(call);
        expect(failure).to.include({ kind: 'transient', code: 'REGISTRY_UNAVAILABLE', outcome: 'not sent' });
        expect(
          failure.message.startsWith(
            `schema registry: asking for the id of the schema of ${edges().names.requested}-value: `,
          ),
        ).to.equal(true);
      }
    });

    it('a publisher is closed within three seconds, whatever is under way', async () => {
      edges().away('kafka');
      const publisher = edges().publisher();
      const calls = [publisher.publish(fresh()), publisher.closeAndWait(fresh())].map((call) =>
        failing(call),
      );
      const begun = performance.now();
      await publisher.close();
      expect(performance.now() - begun).to.be.below(3_900);
      await Promise.all(calls);
    });
  });
};
