import { expect } from 'chai';
import fc from 'fast-check';
import { UNIT } from '../../../../src/domain/ledger.ts';
import { createFigures } from '../../../../src/domain/words/figures.ts';

/** Half to even, on BigInt. */
const rounded = (units: number, decimals: number): string => {
  const scaled = BigInt(units) * 10n ** BigInt(decimals);
  const unit = BigInt(UNIT);
  const doubled = (scaled % unit) * 2n;
  const floor = scaled / unit;
  const nearest = doubled > unit || (doubled === unit && floor % 2n === 1n) ? floor + 1n : floor;
  const digits = String(nearest).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

/** By number of decimals: balances that make a text use this number. */
const BALANCES = { 2: [UNIT], 3: [UNIT, Math.round(UNIT * 1.004)], 4: [UNIT, Math.round(UNIT * 1.0004)] };

describe('a number of runs', () => {
  for (const decimals of [2, 3, 4] as const) {
    it(`is rounded half to even to ${String(decimals)} decimals, up to 38 million runs`, () => {
      const figures = createFigures(BALANCES[decimals]);
      fc.assert(
        fc.property(
          fc.oneof(fc.nat({ max: 10 * UNIT }), fc.nat({ max: Number.MAX_SAFE_INTEGER - 1 })),
          (units) => {
            expect(figures.runs(units)).to.equal(rounded(units, decimals));
          },
        ),
        { seed: 5 },
      );
    });
  }

  it('goes to the even neighbour from half-way', () => {
    const { runs } = createFigures([]);
    expect([1, 3, 5, 7].map((eighths) => runs((eighths * UNIT) / 8))).to.deep.equal([
      '0.12',
      '0.38',
      '0.62',
      '0.88',
    ]);
  });

  it('carries into the whole runs', () => {
    expect(createFigures([]).runs(UNIT - 1)).to.equal('1.00');
  });
});

describe('the numbers of a text', () => {
  it('take two decimals if that distinguishes the balances', () => {
    expect(createFigures([]).runs(UNIT)).to.equal('1.00');
    expect(createFigures([-UNIT, -UNIT]).standing(-UNIT)).to.equal('1.00 runs behind');
    expect(createFigures([-UNIT]).shortStanding(-UNIT)).to.equal('1.00 behind');
    expect(createFigures([0, Math.round(UNIT / 100)]).standing(0)).to.equal('even');
  });
});
