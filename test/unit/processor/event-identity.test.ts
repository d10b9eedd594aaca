import { expect } from 'chai';
import { eventIdOfCommand, eventIdOfSource } from '../../../src/processor/event-identity.ts';

describe('event identity', () => {
  it('is derived from the command if the record claims a command', () => {
    expect(
      eventIdOfCommand(
        { channelId: 'C024BE7LR', commandId: '7d8f3c1e-0a52-4c3b-9a64-0d2f4f6f5b10' },
        'run.closed',
      ),
    ).to.equal('6c1524a3-c36c-5f7d-9700-2b3c4c00f493');
  });

  it('is derived from the position if the record claims no command', () => {
    expect(eventIdOfSource('run.close.requested/3/1042', 'run.close.rejected')).to.equal(
      '85e30db3-24b0-5776-b8b3-e450a88b47c8',
    );
  });
});
