import { expect } from 'chai';
import { Failure, failureOf } from '../../../src/processor/failure.ts';

describe('a failure', () => {
  it('is passed on as it is', () => {
    const failure = new Failure('transient', 'POSTGRES_UNAVAILABLE', 'storing decisions: connection refused');
    expect(failureOf(failure)).to.equal(failure);
  });

  for (const thrown of [new TypeError('x is not a function'), 'a string']) {
    it(`that nobody gave a kind is a bug, and so fatal: ${String(thrown)}`, () => {
      expect(failureOf(thrown)).to.include({ kind: 'fatal', code: 'UNEXPECTED_ERROR', cause: thrown });
    });
  }
});
