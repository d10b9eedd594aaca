import { expect } from 'chai';
import { figuresOf, median, quantile, type Sample } from '../../../../scripts/bench/serve/samples.ts';

describe('The samples of a run', () => {
  const at = (seconds: number, done: number, processor = 0): Sample => ({
    seconds,
    done,
    cpu: { processor, kafka: 2 * processor, postgres: 3 * processor },
    residentMb: 100,
  });

  it('count from the end of the warm-up to the last look before all was done', () => {
    const samples = [at(0, 0), at(9, 50, 1), at(10, 100, 2), at(11, 500, 3), at(12, 900, 4), at(19, 1000, 9)];
    expect(figuresOf(samples, 1000)).to.deep.equal({
      aSecond: 400,
      cpu: { processor: 2500, kafka: 5000, postgres: 7500 },
      measuredSeconds: 2,
    });
  });

  it('count from before the first command to after the last if all was done between two looks', () => {
    const figures = figuresOf([at(0, 0), at(1, 0, 1), at(3, 1000, 5)], 1000);
    expect([figures.aSecond, figures.cpu.processor]).to.deep.equal([500, 4000]);
  });

  it('are no measurement if there was no look before', () => {
    expect(() => figuresOf([at(1, 1000)], 1000)).to.throw('nothing was measured: 1 looks at 1000 commands');
  });

  it('have a middle, and a value that a share of them is not above', () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([4, 1, 2, 9])).to.equal(3);
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.99)]).to.deep.equal([50, 99, 7]);
  });
});
