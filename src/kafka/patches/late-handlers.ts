import type { Patch } from './patch.ts';

type Position = { readonly topic: string; readonly partition: number; readonly offset: string };

type OffsetManager = {
  readonly memberAssignment: Readonly<Record<string, readonly number[] | undefined>>;
  resolveOffset(position: Position): void;
};

/**
 * Handlers of an older generation continue after the member has joined the group again. If such a handler resolves its batch and the member
 * has lost all partitions of the topic, kafkajs throws a `TypeError`, which ends the consumer for good. kafkajs issues 1046 and 1443.
 */
export const lateHandlers: Patch = {
  module: 'consumer/offsetManager/index.js',
  apply: (offsetManager: { prototype: OffsetManager }) => {
    const resolveOffset = Reflect.get(offsetManager.prototype, 'resolveOffset');
    offsetManager.prototype.resolveOffset = function (this: OffsetManager, position) {
      if (this.memberAssignment[position.topic]?.includes(position.partition) !== true) return;
      resolveOffset.call(this, position);
    };
    return offsetManager;
  },
};
