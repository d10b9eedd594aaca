import { expect } from 'chai';
import { lookAtEach } from '../../../../src/operations/servers/topics.ts';
import { Failure } from '../../../../src/processor/failure.ts';

describe('A look at each partition', () => {
  const noLeader = new Failure('transient', 'KAFKA_LEADER_NOT_AVAILABLE', 'no broker leads topic/1');

  it('describes readable partitions and names the others, in order', async () => {
    const look = async (partition: number): Promise<string> => {
      for (let turns = 3 - partition; turns > 0; turns--) await Promise.resolve();
      if (partition === 1) throw noLeader;
      return `stands at ${String(partition)}`;
    };
    expect(await lookAtEach([0, 1, 2], look)).to.deep.equal({
      found: [
        { partition: 0, value: 'stands at 0' },
        { partition: 2, value: 'stands at 2' },
      ],
      unread: [{ partition: 1, failure: noLeader }],
    });
  });

  it('fails if a failure is not transient', async () => {
    const bug = new TypeError('undefined is not a function');
    const failure: unknown = await lookAtEach([0, 1], () => Promise.reject(bug)).catch(
      (error: unknown) => error,
    );
    expect(failure).to.include({ kind: 'fatal', cause: bug });
  });
});
