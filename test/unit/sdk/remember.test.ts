import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { failureOf } from '../../../src/processor/failure.ts';
import type { ReceivedEvent } from '../../../src/sdk/received-event.ts';
import { rememberInMemory, rememberInPostgres, type QueryClient } from '../../../src/sdk/remember.ts';

const received = (eventId: string) => ({ event: { eventId } }) as ReceivedEvent;

describe('The memory of handled events', () => {
  it('handles a repeated event once, and one that failed again', async () => {
    const memory = rememberInMemory();
    const handled: string[] = [];
    const handle = (id: string) => memory.once(received(id), async () => void handled.push(id));
    await handle('a');
    await handle('a');
    const failed = memory.once(received('b'), () => Promise.reject(new Error('no')));
    expect(await failed.catch(failureOf)).to.have.property('message', 'no');
    await handle('b');
    expect(handled).to.deep.equal(['a', 'b']);
  });

  it('handles the same event once although it comes twice at the same time', async () => {
    const memory = rememberInMemory();
    let handled = 0;
    const slow = async (): Promise<void> => {
      handled++;
      await new Promise((resolve) => setImmediate(resolve));
    };
    await Promise.all([memory.once(received('a'), slow), memory.once(received('a'), slow)]);
    expect(handled).to.equal(1);
  });

  it('forgets the oldest events', async () => {
    const memory = rememberInMemory({ events: 2 });
    const handled: string[] = [];
    for (const id of ['a', 'b', 'c', 'a', 'c'])
      await memory.once(received(id), async () => void handled.push(id));
    expect(handled).to.deep.equal(['a', 'b', 'c', 'a']);
  });

  describe('in Postgres', () => {
    let statements: string[];
    let released: (string | undefined)[];
    let answers: Record<string, { rowCount: number | null; command?: string } | Error>;

    beforeEach(() => {
      statements = [];
      released = [];
      answers = {};
    });

    const client: QueryClient = {
      query: (text) => {
        const [verb = ''] = text.split(' ');
        statements.push(verb);
        const answer = answers[verb] ?? { rowCount: 1, command: verb };
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      release: (error) => released.push(error?.message),
    };
    const once = (handle: () => Promise<void> = () => client.query('work').then(() => undefined)) =>
      rememberInPostgres({ connect: () => Promise.resolve(client), consumer: 'notifier' }).once(
        received('a'),
        handle,
      );

    it('handles an event within the transaction that notes it', async () => {
      await once();
      expect(statements).to.deep.equal(['BEGIN', 'INSERT', 'work', 'COMMIT']);
      expect(released).to.deep.equal([undefined]);
    });

    it('leaves out an event that is noted already', async () => {
      answers['INSERT'] = { rowCount: 0 };
      await once();
      expect(statements).to.deep.equal(['BEGIN', 'INSERT', 'ROLLBACK']);
      expect(released).to.deep.equal([undefined]);
    });

    it('fails, and throws the connection away, if the handler or a statement fails', async () => {
      expect(await once(() => Promise.reject(new Error('no'))).catch(failureOf)).to.have.property(
        'message',
        'no',
      );
      answers['COMMIT'] = new Error('the connection was lost');
      expect(await once().catch(failureOf)).to.have.property('message', 'the connection was lost');
      expect(released).to.deep.equal(['no', 'the connection was lost']);
    });

    it('survives a connection that is lost between two statements, and listens no longer than the transaction', async () => {
      const emitter = new EventEmitter();
      const lost = async (): Promise<void> => {
        answers['COMMIT'] = new Error('the connection was lost');
        emitter.emit('error', new Error('terminating connection'));
        await client.query('work');
      };
      const listening = Object.assign(emitter, client);
      const memory = rememberInPostgres({
        connect: () => Promise.resolve(listening),
        consumer: 'notifier',
      });
      const failure = await memory.once(received('a'), lost).catch(failureOf);
      expect(failure).to.have.property('message', 'the connection was lost');
      expect(emitter.listenerCount('error')).to.equal(0);
    });

    it('fails if Postgres rolls back instead of committing', async () => {
      answers['COMMIT'] = { rowCount: null, command: 'ROLLBACK' };
      expect(failureOf(await once().catch((it: unknown) => it)).message).to.include('has rolled back');
    });
  });

  for (const [create, fault] of [
    [() => rememberInMemory({ events: 0 }), 'events must be a whole number from 1'],
    [() => rememberInMemory({ event: 5 } as never), 'event is not an option: did you mean events?'],
    [() => rememberInMemory({ events: 5, max: 5 } as never), 'max is not an option: the options are events'],
    [() => rememberInMemory(5 as never), 'rememberInMemory needs an object: pass { events }'],
    [() => rememberInMemory(null as never), 'rememberInMemory needs an object: pass { events }'],
    [
      () => rememberInPostgres(undefined as never),
      'rememberInPostgres needs an object: pass { connect, consumer, table }',
    ],
    [
      () => rememberInPostgres({ connect: 'pool', consumer: '', table: 'x; DROP TABLE y' } as never),
      'connect must be a function; consumer must be a text that is not empty; ' +
        'table must be a name of lower-case letters, digits and "_", with or without a schema',
    ],
    [
      () => rememberInPostgres({ connect: () => undefined, consumer: 'c', tabl: 't' } as never),
      'tabl is not an option: did you mean table?',
    ],
  ] as const)
    it(`refuses settings that cannot work: ${fault}`, () => {
      expect(create).to.throw(fault).with.property('code', 'WRONG_USE');
    });
});
