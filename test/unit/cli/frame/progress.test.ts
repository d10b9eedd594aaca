import { expect } from 'chai';
import sinon from 'sinon';
import { createProgress } from '../../../../src/cli/frame/progress.ts';

describe('Progress', () => {
  afterEach(() => sinon.restore());

  it('draws nothing where nobody watches', () => {
    const write = sinon.stub(process.stderr, 'write').returns(true);
    const progress = createProgress({ watched: false }, 'publishing', 10);
    progress.set(5);
    progress.stop();
    const { called } = write;
    sinon.restore();
    expect(called).to.equal(false);
  });
});
