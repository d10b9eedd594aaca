import { expect } from 'chai';
import { runcloseHere } from '../../support/command-line.ts';
import { declaredCommands } from '../../support/declared-commands.ts';

/** A wider terminal is used to its full width. */
const WIDTH = Math.max(80, process.stdout.isTTY ? process.stdout.columns : 0);

describe('The help of every command', () => {
  it('fits into 80 columns', async () => {
    const groups = ['', 'channel', 'replay', 'dlq'];
    for (const name of [...groups, ...(await declaredCommands()).keys()]) {
      const { exitCode, stdout } = await runcloseHere([...name.split(' '), '--help'].filter(Boolean));
      expect(exitCode, name).to.equal(0);
      expect(
        stdout.split('\n').filter((line) => line.length > WIDTH),
        name,
      ).to.deep.equal([]);
    }
  });
});
