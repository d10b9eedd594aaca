import { expect } from 'chai';
import { commandsOf, recordsOf, USUAL } from '../../../../scripts/bench/serve/workload.ts';
import { firstFault } from '../../../../src/domain/validate.ts';

describe('The commands of a measurement', () => {
  const small = { ...USUAL, commands: 500, channels: 20 };

  it('all make sense, and have as many orders as they should', () => {
    const commands = [...commandsOf({ ...small, orders: 7 })];
    expect(commands.flatMap((command) => firstFault(command, command.channelId) ?? [])).to.deep.equal([]);
    expect(new Set(commands.map(({ orders }) => orders.length))).to.deep.equal(new Set([7]));
    expect(new Set(commands.map(({ channelId }) => channelId)).size).to.equal(20);
  });

  it('are the same each time', () => {
    expect([...recordsOf(small, 1)]).to.deep.equal([...recordsOf(small, 1)]);
  });
});
