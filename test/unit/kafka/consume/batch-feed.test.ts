import { expect } from 'chai';
import type { EachBatchPayload } from 'kafkajs';
import sinon from 'sinon';
import { createBatchFeed } from '../../../../src/kafka/consume/batch-feed.ts';
import { createStateRecorder } from '../../../../src/kafka/consume/consumer-state.ts';
import type { Failure } from '../../../../src/processor/failure.ts';
import type { Handled } from '../../../../src/processor/ports/batch-handler.ts';
import { createRecordingHandler } from '../../../support/recording-handler.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

const { isRebalancing } = repaired('errors.js') as { isRebalancing: (error: unknown) => boolean };

const alarm = { code: 'INPUT_GAP', message: 'the log begins at 7' } as const;

describe('The feed of batches', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => {
    clock = sinon.useFakeTimers();
  });
  afterEach(() => {
    clock.restore();
  });

  const createFeed = () => {
    const asked: string[] = [];
    const fatal: Failure[] = [];
    const handler = createRecordingHandler();
    const feed = createBatchFeed({
      controls: {
        seek: (partition, offset) => asked.push(`seek ${partition} ${offset}`),
        pause: (partition) => asked.push(`pause ${partition}`),
        resume: (partition) => asked.push(`resume ${partition}`),
        pauseAll: () => undefined,
      },
      handler,
      recorder: createStateRecorder(),
      isStopping: () => false,
      isAbandoned: () => false,
      onFatal: (failure) => fatal.push(failure),
    });
    feed.joined(1);
    const hand = (partition: number, first: number, end: number): Promise<void> =>
      feed.eachBatch({
        batch: {
          partition,
          messages: [],
          highWatermark: String(end),
          fetchedOffset: String(first),
          lastOffset: () => String(end - 1),
        },
        resolveOffset: (offset: string) => asked.push(`resolve ${partition} ${offset}`),
        heartbeat: () => Promise.resolve(),
      } as unknown as EachBatchPayload);
    return { feed, handler, asked, fatal, hand };
  };

  /** A handler that waits until the test says how it ends. */
  const waitingHandler = () => {
    const feeding = createFeed();
    let finish!: (handled: Handled) => void;
    feeding.handler.answer = () => new Promise<Handled>((resolve) => (finish = resolve));
    return { ...feeding, finish: (handled: Handled) => finish(handled) };
  };

  it('resolves what is handled, and pauses nothing', async () => {
    const { hand, asked } = createFeed();
    await hand(0, 5, 8);
    expect(asked).to.deep.equal(['resolve 0 7']);
  });

  it('lets a stopped partition rest, then fetches it again', async () => {
    const { hand, handler, asked } = createFeed();
    handler.answer = () => ({ kind: 'stopped', offset: 6, alarm });
    await hand(0, 5, 8);
    expect(asked).to.deep.equal(['seek 0 6', 'pause 0']);
    await clock.tickAsync(5_000);
    expect(asked.at(-1)).to.equal('resume 0');
  });

  describe('when a batch takes long', () => {
    it('gives the way free for the others, and finishes it in the background', async () => {
      const { hand, asked, finish } = waitingHandler();
      const handed = hand(0, 5, 8);
      await clock.tickAsync(1_000);
      await handed;
      expect(asked).to.deep.equal(['pause 0']);
      finish({ kind: 'continue' });
      await clock.tickAsync(0);
      expect(asked).to.deep.equal(['pause 0', 'resolve 0 7', 'resume 0']);
    });

    it('fetches again from the offset that the handler names', async () => {
      const { hand, asked, finish } = waitingHandler();
      const handed = hand(0, 5, 8);
      await clock.tickAsync(1_000);
      await handed;
      finish({ kind: 'seek', offset: 6 });
      await clock.tickAsync(0);
      expect(asked).to.deep.equal(['pause 0', 'seek 0 6', 'resume 0']);
    });

    it('lets its partition rest when it ends in an alarm', async () => {
      const { hand, asked, finish } = waitingHandler();
      const handed = hand(0, 5, 8);
      await clock.tickAsync(1_000);
      await handed;
      finish({ kind: 'stopped', offset: 5, alarm });
      await clock.tickAsync(4_999);
      expect(asked).not.to.include('resume 0');
      await clock.tickAsync(1);
      expect(asked.filter((control) => control === 'resume 0')).to.have.length(1);
    });

    it('joins again with the next batch when it asks to', async () => {
      const { feed, hand, handler, finish } = waitingHandler();
      const handed = hand(0, 5, 8);
      await clock.tickAsync(1_000);
      await handed;
      finish({ kind: 'rejoin' });
      await clock.tickAsync(0);
      const thrown = await hand(0, 5, 8).catch((error: unknown) => error);
      expect(isRebalancing(thrown)).to.equal(true);
      // A follower is given the generation that the group is in, which may be the one it had.
      feed.joined(1);
      handler.answer = () => ({ kind: 'continue' });
      await hand(0, 5, 8);
    });

    it('ends the process after a failure that joining again does not fix', async () => {
      const { feed, hand, fatal, finish } = waitingHandler();
      const handed = hand(0, 5, 8);
      await clock.tickAsync(1_000);
      await handed;
      finish(undefined as unknown as Handled);
      await feed.idle();
      await clock.tickAsync(0);
      expect(fatal.map(({ kind }) => kind)).to.deep.equal(['fatal']);
    });

    it('leaves the offsets of a newer generation alone', async () => {
      const { feed, hand, asked, finish } = waitingHandler();
      const handed = hand(0, 5, 8);
      await clock.tickAsync(1_000);
      await handed;
      feed.joined(2);
      expect(asked).to.deep.equal(['pause 0', 'resume 0']);
      finish({ kind: 'continue' });
      await clock.tickAsync(0);
      expect(asked).to.deep.equal(['pause 0', 'resume 0']);
    });

    it('is idle only when that has ended', async () => {
      const { feed, hand, finish } = waitingHandler();
      const handed = hand(0, 5, 8);
      await clock.tickAsync(1_000);
      await handed;
      let idle = false;
      const waited = feed.idle().then(() => (idle = true));
      await clock.tickAsync(1_000);
      expect(idle).to.equal(false);
      finish({ kind: 'continue' });
      await waited;
    });

    it('reports a bug', async () => {
      const { hand, handler, fatal } = createFeed();
      handler.answer = async () => {
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        throw new TypeError('undefined is not a function');
      };
      const handed = hand(0, 5, 8);
      await clock.tickAsync(3_000);
      await handed;
      expect(fatal.map(({ code }) => code)).to.deep.equal(['UNEXPECTED_ERROR']);
    });
  });
});
