import { expect } from 'chai';
import { createStateRecorder } from '../../../../src/kafka/consume/consumer-state.ts';

describe('The consumer’s state', () => {
  it('shows each assigned partition’s cursor, lag and alarm', () => {
    const recorder = createStateRecorder();
    recorder.joined(3, [5, 2]);
    recorder.fetched(5, 100);
    recorder.handled(5, 90);
    const alarm = { code: 'INPUT_GAP', message: 'data is missing' } as const;
    recorder.stopped(2, alarm);
    expect(recorder.state()).to.deep.include({
      joined: true,
      generation: 3,
      partitions: [
        { partition: 2, cursor: null, lag: null, alarm },
        { partition: 5, cursor: 90, lag: 10, alarm: null },
      ],
    });
    recorder.handled(2, 4);
    expect(recorder.state().partitions[0]?.alarm).to.equal(null);
  });

  it('forgets partitions that went to others, and keeps those that stayed', () => {
    const recorder = createStateRecorder();
    recorder.joined(1, [0, 1]);
    recorder.fetched(0, 8);
    recorder.handled(0, 8);
    recorder.joined(2, [0]);
    recorder.handled(1, 9);
    expect(recorder.state().partitions).to.deep.equal([{ partition: 0, cursor: 8, lag: 0, alarm: null }]);
    recorder.left();
    expect(recorder.state()).to.deep.include({ joined: false, generation: null, partitions: [] });
  });
});
