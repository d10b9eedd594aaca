import type { Patch } from './patch.ts';
import { isUnreachable } from './unreachable.ts';

type ConsumerGroup = {
  readonly groupId: string;
  readonly cluster: { findGroupCoordinator(group: { readonly groupId: string }): Promise<object> };
  coordinator: object;
  heartbeat(options: object): Promise<void>;
};

/**
 * The group's coordinator is looked for when it is joined, and then no more. Where its broker dies and does not come back, another
 * one takes the group over, and every heartbeat still goes to the dead one: the member is dropped after its session, and nobody
 * tells it.
 */
export const lostCoordinator: Patch = {
  module: 'consumer/consumerGroup.js',
  apply: (consumerGroup: { prototype: ConsumerGroup }) => {
    const heartbeat = Reflect.get(consumerGroup.prototype, 'heartbeat');
    consumerGroup.prototype.heartbeat = async function (this: ConsumerGroup, options) {
      try {
        await heartbeat.call(this, options);
      } catch (thrown) {
        if (isUnreachable(thrown)) {
          const { cluster, groupId, coordinator } = this;
          this.coordinator = await cluster.findGroupCoordinator({ groupId }).catch(() => coordinator);
        }
        throw thrown;
      }
    };
    return consumerGroup;
  },
};
