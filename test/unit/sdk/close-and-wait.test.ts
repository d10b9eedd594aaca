import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import type { RunClosed } from '../../../src/domain/records.ts';
import type { CommandOutcome } from '../../../src/kafka/outcomes/outcome.ts';
import { Failure } from '../../../src/processor/failure.ts';
import { systemClock } from '../../../src/sdk/clock.ts';
import { createCloseAndWait, type WaitOptions } from '../../../src/sdk/close-and-wait.ts';
import type { CloseResult } from '../../../src/sdk/close-result.ts';
import { PublishFailure } from '../../../src/sdk/publish-failure.ts';
import type { Sending } from '../../../src/sdk/send-queue.ts';
import { aCommand } from '../../support/commands.ts';

const command = aCommand({ commandId: 'close-1' });
const { channelId, commandId, requestedAt } = command;
const position = { topic: 'run.close.requested', partition: 3, offset: 7 };
const published = { ...position, commandId, requestedAt };
const sent: Sending = { kind: 'sent', position, since: new Map() };
const closed: CommandOutcome = { outcome: 'closed', event: { runId: 'run-1' } as RunClosed };

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });

describe('Closing a run and waiting for its outcome', () => {
  let sending: (signal: AbortSignal) => Promise<Sending>;
  let outcome: (signal: AbortSignal) => Promise<CommandOutcome | undefined>;
  let trouble: Failure | undefined;

  beforeEach(() => {
    sending = () => Promise.resolve(sent);
    outcome = () => Promise.resolve(closed);
    trouble = undefined;
  });

  const wait = (options: WaitOptions = {}): Promise<CloseResult> =>
    createCloseAndWait({
      send: (_, signal) => sending(signal),
      watch: {
        outcomeOf: (_, __, signal) => outcome(signal),
        trouble: () => trouble,
      },
      clock: systemClock,
    })({ command, headers: {} }, options);

  const failureOf = (options: WaitOptions): Promise<PublishFailure> =>
    wait(options).then(
      () => expect.fail('it has an outcome'),
      (it: unknown) => (it instanceof PublishFailure ? it : expect.fail(String(it))),
    );

  const untilAborted = async (signal: AbortSignal): Promise<undefined> => {
    await aborted(signal);
    return undefined;
  };
  const withdrawn = (kind: 'not sent' | 'unknown') => async (signal: AbortSignal) => {
    await aborted(signal);
    return { kind };
  };

  it('tells what became of it, and where it stands', async () => {
    expect(await wait()).to.deep.equal({ channelId, commandId, published, ...closed });
    const duplicate = { outcome: 'duplicate', first: closed } as CommandOutcome;
    outcome = () => Promise.resolve(duplicate);
    expect(await wait()).to.deep.equal({ channelId, commandId, published, ...duplicate });
  });

  it('tells after the timeout where it stands, why nothing is known, and how to ask again', async () => {
    outcome = untilAborted;
    trouble = new Failure('transient', 'KAFKA_CONNECTION', 'reading the outcomes: the broker is away');
    expect(await wait({ timeout: 10 })).to.deep.equal({
      channelId,
      commandId,
      published,
      outcome: 'timeout',
      message:
        'command close-1 of channel C1 is published at run.close.requested/3@7 and has no known outcome: ' +
        'no outcome came within 0.01 s (reading the outcomes: the broker is away). Ask again with ' +
        'outcomeOf({ channelId: "C1", commandId: "close-1" }), or publish it again with the same commandId: it counts once',
    });
  });

  it('tells after the timeout that it is not known whether it is published, or that it is not', async () => {
    sending = withdrawn('unknown');
    expect(await wait({ timeout: 10 })).to.deep.equal({
      channelId,
      commandId,
      published: undefined,
      outcome: 'timeout',
      message:
        'it is not known whether the log holds command close-1 of channel C1: Kafka did not confirm it within 0.01 s. ' +
        'Publish it again with the same commandId: it counts once',
    });
    sending = withdrawn('not sent');
    expect(await wait({ timeout: 10 })).to.deep.include({
      outcome: 'timeout',
      message:
        'command close-1 of channel C1 was not sent: Kafka or the schema registry did not answer within 0.01 s. Publish it again',
    });
  });

  it('rejects when the signal is aborted, with the command and how far it has come', async () => {
    const reason = new Error('the request was cancelled');
    const abortSoon = (): AbortSignal => {
      const controller = new AbortController();
      setImmediate(() => controller.abort(reason));
      return controller.signal;
    };
    outcome = untilAborted;
    const failure = await failureOf({ signal: abortSoon() });
    expect(failure).to.include({ kind: 'fatal', code: 'WAIT_ABORTED', outcome: 'published', cause: reason });
    expect(failure.commands).to.deep.equal([command]);
    expect(failure.message).to.include('the wait was aborted. Ask again with outcomeOf(');

    sending = withdrawn('unknown');
    expect(await failureOf({ signal: abortSoon() })).to.include({ outcome: 'unknown' });
    expect(await failureOf({ signal: AbortSignal.abort(reason) })).to.include({ outcome: 'not sent' });
  });

  it('rejects if the command cannot be sent, as publish does', async () => {
    const failure = new PublishFailure(
      new Failure('transient', 'KAFKA_CONNECTION', 'away'),
      [command],
      'not sent',
    );
    sending = () => Promise.reject(failure);
    expect(await failureOf({})).to.equal(failure);
  });

  it('rejects with the command if its outcome cannot be read, or if the publisher is closed', async () => {
    outcome = () => Promise.reject(new Failure('fatal', 'UNREADABLE_EVENT', 'the event is not ours'));
    const unreadable = await failureOf({});
    expect(unreadable).to.include({ code: 'UNREADABLE_EVENT', outcome: 'published' });
    expect(unreadable.message).to.match(
      /published at run\.close\.requested\/3@7 .*: the event is not ours\. Ask/,
    );
    outcome = () => Promise.reject(new Failure('fatal', 'WATCH_CLOSED', 'nobody waits'));
    const closing = await failureOf({});
    expect(closing).to.include({ code: 'PUBLISHER_CLOSED', outcome: 'published' });
    expect(closing.message).to.include('this publisher was closed');
    expect(closing.commands).to.deep.equal([command]);
  });

  it('leaves no timer behind', async () => {
    const clock = useFakeTimers();
    await wait({ timeout: 60_000 }).finally(() => clock.restore());
    expect(clock.countTimers()).to.equal(0);
  });
});
