import { expect } from 'chai';
import { BrokenPromise } from '../../../../scripts/chaos/broken-promise.ts';
import { injectFaults } from '../../../../scripts/chaos/inject-faults.ts';
import type { Fault } from '../../../../scripts/chaos/faults/fault.ts';
import type { World } from '../../../../scripts/chaos/world/world.ts';

/** Nobody is ever late, and no time passes. */
const world = {
  pause: () => Promise.resolve(),
  frozen: new Set(),
  fleet: { serving: () => Promise.resolve() },
} as unknown as World;

const aFault = (kind: string, inject: () => Promise<void>, runs: Fault['runs'] = 'alone'): Fault => ({
  kind,
  title: kind,
  runs,
  inject,
});

const conducted = (...faults: Fault[]) =>
  injectFaults({
    world,
    seed: 1,
    plan: faults.map((fault) => ({ fault, after: 0 })),
    onFault: () => undefined,
    signal: new AbortController().signal,
  });

describe('The conductor of the faults', () => {
  it('counts the faults that fired, and names the reason of the others and the broken promises', async () => {
    const harm = aFault('harm', () => Promise.resolve());
    const nothing = aFault('nothing', () => Promise.reject(new Error('nobody was there')));
    const wrong = aFault('wrong', () => Promise.reject(new BrokenPromise('all stood still')));
    expect(await conducted(harm, nothing, wrong, harm)).to.deep.equal([
      { kind: 'harm', title: 'harm', planned: 2, fired: 2, failures: [], broken: [] },
      { kind: 'nothing', title: 'nothing', planned: 1, fired: 0, failures: ['nobody was there'], broken: [] },
      { kind: 'wrong', title: 'wrong', planned: 1, fired: 1, failures: [], broken: ['all stood still'] },
    ]);
  });

  it('does not wait for a fault that runs beside others, but for its end', async () => {
    const order: string[] = [];
    let thaw = (): void => undefined;
    const long = aFault(
      'freeze',
      () =>
        new Promise<void>((resolve) => {
          thaw = resolve;
        }).then(() => {
          order.push('thawed');
        }),
      'beside others',
    );
    const short = aFault('kill', () => {
      order.push('killed');
      thaw();
      return Promise.resolve();
    });
    const counts = await conducted(long, short);
    expect(order).to.deep.equal(['killed', 'thawed']);
    expect(counts.map(({ fired }) => fired)).to.deep.equal([1, 1]);
  });
});
