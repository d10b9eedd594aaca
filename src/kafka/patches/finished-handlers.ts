import type { Patch } from './patch.ts';

type EachBatch = (payload: never) => Promise<void>;
type Finish = (heartbeat: () => Promise<void>) => Promise<void>;

type Runner = {
  readonly eachBatch?: EachBatch & { readonly [FINISH]?: Finish };
  readonly heartbeatInterval: number;
  readonly consumerGroup: {
    joinAndSync(): Promise<void>;
    heartbeat(options: { interval: number }): Promise<void>;
  };
  start(): Promise<void>;
};

const FINISH: unique symbol = Symbol.for('runclose.finish');

/** What `eachBatch` has left in the background is finished by `finish` before the group is joined anew. */
export const withFinish = <H extends EachBatch>(eachBatch: H, finish: Finish): H =>
  Object.assign(eachBatch, { [FINISH]: finish });

/**
 * kafkajs waits for its handlers before it joins the group again, and calls nobody before it does. A handler that works in the background
 * would still be at work on a partition that another member reads by then.
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
