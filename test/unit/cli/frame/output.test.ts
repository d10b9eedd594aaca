import { PassThrough, Writable } from 'node:stream';
import { expect } from 'chai';
import { createOutput } from '../../../../src/cli/frame/output.ts';

const terminal = (): PassThrough & { isTTY: boolean } => Object.assign(new PassThrough(), { isTTY: true });

describe('The output', () => {
  it('has no colors in a pipe, nor when they are not wanted', () => {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    expect(createOutput(streams, {}).colors.red('text')).to.equal('text');
    expect(createOutput({ ...streams, stdout: terminal() }, { color: false }).colors.red('text')).to.equal(
      'text',
    );
  });

  it('knows whether a person watches', () => {
    expect(createOutput({ stdout: new PassThrough(), stderr: new PassThrough() }, {}).watched).to.equal(
      false,
    );
    expect(createOutput({ stdout: new PassThrough(), stderr: terminal() }, {}).watched).to.equal(true);
  });

  it('waits for a reader that is slower', async () => {
    const read: string[] = [];
    let proceed: () => void = () => {};
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        read.push(chunk.toString());
        proceed = done;
      },
    });
    let written = false;
    const line = createOutput({ stdout: slow, stderr: new PassThrough() }, {})
      .line('first')
      .then(() => (written = true));
    await Promise.resolve();
    expect([read, written]).to.deep.equal([['first\n'], false]);
    proceed();
    await line;
    expect(written).to.equal(true);
  });
});
