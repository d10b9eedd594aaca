import type { Patch } from './patch.ts';
import { isUnreachable } from './unreachable.ts';

type ConsumerGroup = {
  readonly groupId: string;
  readonly cluster: { findGroupCoordinator(group: { readonly groupId: string }): Promise<object> };
  coordinator: object;
  heartbeat(options: object): Promise<void>;
};

/**
 * kafkajs looks for the group's coordinator only when it joins the group. If the coordinator's broker dies for good, another broker takes
 * the group over, but every heartbeat still goes to the dead broker. The group drops the member after its session, and the member never
 * learns it.
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
