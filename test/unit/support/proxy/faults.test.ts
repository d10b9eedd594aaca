import { expect } from 'chai';
import { createFaults, createHold } from '../../../support/proxy/faults.ts';

describe('the faults of a proxy', () => {
  const isOdd = { when: (question: number) => question % 2 === 1 };

  it('are met by the questions that they are meant for, and say how many', () => {
    const { inject, metBy } = createFaults<number>();
    const odd = inject(isOdd);
    expect([1, 2, 3].map((question) => metBy(question) !== undefined)).to.deep.equal([true, false, true]);
    expect(odd.fired()).to.equal(2);
  });

  it('happen the given number of times and no more; then the next one that fits does', () => {
    const { inject, metBy } = createFaults<number>();
    const [first, second] = [inject({ ...isOdd, times: 1 }), inject(isOdd)];
    for (const question of [1, 3, 5]) metBy(question);
    expect([first.fired(), second.fired()]).to.deep.equal([1, 2]);
  });

  it('happen no more once they are removed', () => {
    const { inject, metBy } = createFaults<number>();
    inject(isOdd).remove();
    expect(metBy(1)).to.equal(undefined);
  });

  it('may hold a request back until it is released', async () => {
    const { keep, isArrived, arrived, release } = createHold();
    expect(isArrived()).to.equal(false);
    const verdict = keep();
    await arrived;
    expect(isArrived()).to.equal(true);
    release('drop');
    expect(await verdict).to.equal('drop');
    expect(await keep(), 'those that come later').to.equal('drop');
  });
});
