import { expect } from 'chai';
import { settledWithinMs, withinMs } from '../../../../src/kafka/client/deadline.ts';
import { Failure } from '../../../../src/processor/failure.ts';

const late = (): Failure => new Failure('transient', 'LATE', 'too late');
const never = new Promise<never>(() => undefined);

describe('A deadline', () => {
  it('gives what comes in time, and its failures', async () => {
    expect(await withinMs(1_000, Promise.resolve('in time'), late)).to.equal('in time');
    const failure = new Error('failed in time');
    expect(await withinMs(1_000, Promise.reject(failure), late).catch((error: unknown) => error)).to.equal(
      failure,
    );
  });

  it('fails for what comes too late, and lets nothing escape that fails after it', async () => {
    expect(await withinMs(1, never, late).catch((error: unknown) => error)).to.include({ code: 'LATE' });
    const failsLater = new Promise<never>((_, reject) =>
      setTimeout(reject, 10, new Error('after the deadline')),
    );
    expect(await withinMs(1, failsLater, late).catch((error: unknown) => error)).to.include({ code: 'LATE' });
    await settledWithinMs(1_000, failsLater);
  });

  it('waits for an end of any kind, but not for ever', async () => {
    await settledWithinMs(1_000, Promise.reject(new Error('any')));
    await settledWithinMs(1, never);
  });
});
