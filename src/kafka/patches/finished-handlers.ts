import type { Patch } from './patch.ts';

type EachBatch = (payload: never) => Promise<void>;
type Finish = (heartbeat: () => Promise<void>) => Promise<void>;

const FINISH: unique symbol = Symbol.for('runclose.finish');

type Runner = {
  readonly eachBatch?: EachBatch & { readonly [FINISH]?: Finish };
  readonly heartbeatInterval: number;
  readonly consumerGroup: {
    joinAndSync(): Promise<void>;
    heartbeat(options: { interval: number }): Promise<void>;
  };
  start(): Promise<void>;
};

/** `finish` ends the work that `eachBatch` left in the background, before the member joins the group again. */
export const withFinish = <H extends EachBatch>(eachBatch: H, finish: Finish): H =>
  Object.assign(eachBatch, { [FINISH]: finish });

/**
 * kafkajs waits for its handlers before it joins the group again, but does not announce this. A handler in the background could still work
 * on a partition that another member already reads.
 */
export const finishedHandlers: Patch = {
  module: 'consumer/runner.js',
  apply: (runner: { prototype: Runner }) => {
    const start = Reflect.get(runner.prototype, 'start');
    runner.prototype.start = function (this: Runner) {
      const finish = this.eachBatch?.[FINISH];
      if (finish !== undefined) {
        const { consumerGroup, heartbeatInterval } = this;
        const joinAndSync = consumerGroup.joinAndSync.bind(consumerGroup);
        consumerGroup.joinAndSync = async () => {
          await finish(() => consumerGroup.heartbeat({ interval: heartbeatInterval }));
          return joinAndSync();
        };
      }
      return start.call(this);
    };
    return runner;
  },
};
