import { expect } from 'chai';
import { Failure, failureOf } from '../../../src/processor/failure.ts';
import { PublishFailure } from '../../../src/sdk/publish-failure.ts';
import { createSendQueue, type OutgoingCommand } from '../../../src/sdk/send-queue.ts';
import { aCommand } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';

const never = new AbortController().signal;
const outgoing = (commandId: string): OutgoingCommand => ({ command: aCommand({ commandId }), headers: {} });
const since = new Map([['run.closed/0', 7]]);

describe('The queue of commands to send', () => {
  /** The ids of each request. */
  let requests: string[][];
  let answer: () => Promise<void>;
  let begin: () => Promise<ReadonlyMap<string, number>>;

  beforeEach(() => {
    requests = [];
    answer = () => Promise.resolve();
    begin = () => Promise.resolve(since);
  });

  const queue = () =>
    createSendQueue({
      begin: () => begin(),
      publish: async (commands) => {
        requests.push(commands.map(({ command }) => command.commandId));
        await answer();
        return commands.map((_, offset) => ({ topic: 'run.close.requested', partition: 0, offset }));
      },
      failureFor: (thrown, command) => new PublishFailure(thrown as Failure, [command], 'unknown'),
    });

  it('sends commands that come together in one request, and tells each its position', async () => {
    const { send } = queue();
    const sent = await Promise.all(['a', 'b', 'c'].map((id) => send(outgoing(id), never)));
    expect(requests).to.deep.equal([['a', 'b', 'c']]);
    expect(sent).to.deep.equal(
      [0, 1, 2].map((offset) => ({
        kind: 'sent',
        position: { topic: 'run.close.requested', partition: 0, offset },
        since,
      })),
    );
  });

  it('sends those that come meanwhile next, in order, a thousand at most', async () => {
    const { send, idle } = queue();
    const ids = Array.from({ length: 2_500 }, (_, i) => `c${i}`);
    const all = ids.map((id) => send(outgoing(id), never));
    const more = Promise.resolve().then(() => send(outgoing('last'), never));
    await Promise.all([...all, more]);
    expect(requests.map(({ length }) => length)).to.deep.equal([1_000, 1_000, 501]);
    expect(requests.flat()).to.deep.equal([...ids, 'last']);
    await idle();
  });

  it('never sends a command that was withdrawn in time, and says so', async () => {
    let open: () => void = () => undefined;
    answer = () => new Promise((resolve) => (open = resolve));
    const { send } = queue();
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const [a, b, c] = [
      send(outgoing('a'), first.signal),
      Promise.resolve().then(() => send(outgoing('b'), second.signal)),
      Promise.resolve().then(() => send(outgoing('c'), third.signal)),
    ];
    await until('the first is being sent', () => requests.length === 1);
    second.abort();
    first.abort();
    expect([await a, await b]).to.deep.equal([{ kind: 'unknown' }, { kind: 'not sent' }]);
    open();
    await until('the next is being sent', () => requests.length === 2);
    open();
    expect(await c).to.have.property('kind', 'sent');
    expect(requests).to.deep.equal([['a'], ['c']]);
  });

  it('fails the commands of a failed request, each with its own command, and continues', async () => {
    const failures = [new Failure('transient', 'KAFKA_CONNECTION', 'away')];
    answer = () => {
      const failure = failures.shift();
      return failure === undefined ? Promise.resolve() : Promise.reject(failure);
    };
    const { send } = queue();
    const settled = await Promise.allSettled([send(outgoing('a'), never), send(outgoing('b'), never)]);
    expect(
      settled.map((it) => it.status === 'rejected' && (it.reason as PublishFailure).commands[0]?.commandId),
    ).to.deep.equal(['a', 'b']);
    expect(await send(outgoing('c'), never)).to.have.property('kind', 'sent');
  });

  it('sends nothing if the outputs cannot be read', async () => {
    begin = () => Promise.reject(new Failure('fatal', 'KAFKA_TOPIC_MISSING', 'there is no topic run.closed'));
    const sending = queue().send(outgoing('a'), never);
    expect(await sending.catch(failureOf)).to.include({ code: 'KAFKA_TOPIC_MISSING' });
    expect(requests).to.be.empty;
  });

  it('rejects the commands that are not sent yet when it is abandoned', async () => {
    begin = () => new Promise(() => undefined);
    const { send, abandon } = queue();
    const sending = send(outgoing('a'), never).catch(failureOf);
    abandon(new Failure('fatal', 'PUBLISHER_CLOSED', 'closed'));
    expect(await sending).to.include({ code: 'PUBLISHER_CLOSED' });
    expect(requests).to.be.empty;
  });
});
