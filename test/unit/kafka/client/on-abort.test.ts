import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { onAbort } from '../../../../src/kafka/client/on-abort.ts';

describe('Listening to a signal', () => {
  it('calls everybody back who has not left, with one listener for all', () => {
    const controller = new AbortController();
    const called: number[] = [];
    const leave = Array.from({ length: 20 }, (_, i) => onAbort(controller.signal, () => called.push(i)));
    expect(getEventListeners(controller.signal, 'abort')).to.have.lengthOf(1);
    leave[3]?.();
    controller.abort();
    expect(called).to.have.lengthOf(19).and.not.to.include(3);
  });

  it('calls back at once if the signal is aborted already, and never without a signal', () => {
    const called: string[] = [];
    onAbort(AbortSignal.abort(), () => called.push('aborted'))();
    onAbort(undefined, () => called.push('none'))();
    expect(called).to.deep.equal(['aborted']);
  });
});
