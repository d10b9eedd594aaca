import { inspect } from 'node:util';
import { expect } from 'chai';
import { Failure } from '../../../src/processor/failure.ts';
import { PublishFailure } from '../../../src/sdk/publish-failure.ts';
import { aCommand } from '../../support/commands.ts';

describe('A failure to publish', () => {
  it('carries the commands, but no print or log of it shows them', () => {
    const command = aCommand({ channelName: 'a name' });
    const failure = new PublishFailure(new Failure('transient', 'KAFKA_AWAY', 'away'), [command], 'not sent');
    expect(failure.commands).to.deep.equal([command]);
    for (const text of [
      inspect(failure),
      JSON.stringify(failure),
      JSON.stringify(Object.assign({}, failure)),
    ])
      expect(text).to.not.include('a name');
  });
});
