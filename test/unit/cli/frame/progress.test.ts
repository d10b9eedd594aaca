import { expect } from 'chai';
import sinon from 'sinon';
import { createProgress } from '../../../../src/cli/frame/progress.ts';

describe('Progress', () => {
  afterEach(() => sinon.restore());

  it('draws nothing if nobody watches', () => {
    const write = sinon.stub(process.stderr, 'write').returns(true);
    const progress = createProgress({ watched: false }, 'publishing', 10);
    progress.set(5);
    progress.stop();
    const { called } = write;
    sinon.restore();
    expect(called).to.equal(false);
  });

  it('leaves what was done before out of the rate and of the time that is left', () => {
    const clock = sinon.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
    const wasTTY = process.stderr.isTTY;
    process.stderr.isTTY = true;
    let drawn = '';
    sinon.stub(process.stderr, 'write').callsFake((text) => (drawn += String(text)) !== '');
    try {
      const progress = createProgress({ watched: true }, 'verifying', 1_000);
      clock.tick(1_000);
      progress.passOver(800);
      for (const done of [810, 820, 830, 840]) {
        clock.tick(1_000);
        progress.set(done);
      }
      clock.tick(1_000);
      progress.stop();
    } finally {
      process.stderr.isTTY = wasTTY;
      sinon.restore();
      clock.restore();
    }
    expect(drawn).to.include('840/1000, 10/s, 15s left');
  });
});
