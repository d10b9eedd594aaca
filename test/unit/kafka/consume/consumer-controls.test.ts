import { expect } from 'chai';
import { createConsumerControls } from '../../../../src/kafka/consume/consumer-controls.ts';

describe('the controls of a consumer', () => {
  const createControls = () => {
    const asked: string[] = [];
    const consumer = {
      seek: () => undefined,
      pause: (topics: readonly { partitions?: number[] }[]) =>
        asked.push(`pause ${String(topics[0]?.partitions ?? 'all')}`),
      resume: (topics: readonly { partitions?: number[] }[]) =>
        asked.push(`resume ${String(topics[0]?.partitions ?? 'all')}`),
    };
    return { asked, controls: createConsumerControls(consumer, 'commands') };
  };

  it('pause and resume one partition', () => {
    const { asked, controls } = createControls();
    controls.pause(0);
    controls.resume(0);
    expect(asked).to.deep.equal(['pause 0', 'resume 0']);
  });

  it('let nothing undo the pause of all: for kafkajs, pausing one partition would', () => {
    const { asked, controls } = createControls();
    controls.pause(0);
    controls.pauseAll();
    controls.pause(1);
    controls.resume(0);
    expect(asked).to.deep.equal(['pause 0', 'pause all']);
  });
});
