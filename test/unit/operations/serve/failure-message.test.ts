import { expect } from 'chai';
import { failureFrom, messageOf } from '../../../../src/operations/serve/failure-message.ts';
import { Failure } from '../../../../src/processor/failure.ts';

describe('A failure that goes from one thread to another', () => {
  it('arrives with all its facts, and with those of its causes', () => {
    const refused = new Failure('fatal', 'KAFKA_AUTHENTICATION', 'joining: refused', {
      cause: new Failure('transient', 'AWAY', 'asking for a token', {
        scope: 'local',
        cause: new Error('401'),
      }),
      isLoginRefused: true,
    });
    const arrived = failureFrom(structuredClone(messageOf(refused)));
    expect(arrived).to.be.instanceOf(Failure);
    expect(arrived).to.include({
      kind: 'fatal',
      code: 'KAFKA_AUTHENTICATION',
      message: 'joining: refused',
      isLoginRefused: true,
      isLocal: false,
      stack: refused.stack,
    });
    expect(arrived.cause).to.include({
      kind: 'transient',
      code: 'AWAY',
      isLocal: true,
      isLoginRefused: false,
    });
    expect((arrived.cause as Failure).cause).to.include({ message: '401' });
  });
});
