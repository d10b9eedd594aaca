import { expect } from 'chai';
import { createMembership, mustRejoin, rejoinGroup } from '../../../../src/kafka/consume/membership.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

const { createErrorFromCode } = repaired('protocol/error.js') as {
  createErrorFromCode: (code: number) => Error;
};
const { isRebalancing } = repaired('errors.js') as { isRebalancing: (error: Error) => boolean };

const beating = (heartbeat: () => Promise<void>, stopping = false): Promise<unknown> =>
  createMembership({ generation: 3, isCurrent: () => true, isStopping: () => stopping, heartbeat })
    .heartbeat()
    .then(
      () => 'kept',
      (failure: unknown) => failure,
    );

describe('The membership of a batch', () => {
  it('is kept by a heartbeat that is answered', async () => {
    expect(await beating(() => Promise.resolve())).to.equal('kept');
  });

  it('is lost when the group rebalances, has moved on, or its coordinator has', async () => {
    for (const code of [27, 22, 25, 16, 82]) {
      const thrown = createErrorFromCode(code);
      const failure = await beating(() => Promise.reject(thrown));
      expect(failure).to.include({ name: 'Failure', kind: 'fenced', cause: thrown });
      expect(mustRejoin(thrown)).to.equal(true);
    }
  });

  it('survives a broker that does not answer', async () => {
    const failure = await beating(() => Promise.reject(new Error('connect ECONNREFUSED')));
    expect(failure).to.include({ kind: 'transient' });
    expect(mustRejoin(failure)).to.equal(false);
  });

  it('is given up without asking when the consumer is stopping', async () => {
    const asked: string[] = [];
    const failure = await beating(() => Promise.resolve(asked.push('heartbeat')).then(() => undefined), true);
    expect(failure).to.include({ kind: 'fenced', code: 'CONSUMER_STOPPING' });
    expect(asked).to.deep.equal([]);
  });

  it('is renewed by an error that kafkajs takes for a rebalance', () => {
    expect(isRebalancing(rejoinGroup())).to.equal(true);
  });
});
