import type { Patch } from './patch.ts';

type Joined = { readonly generationId: number; readonly memberId: string };
type Broker = { joinGroup(request: object): Promise<Joined> };

const generations = new Map<string, number>();

/** The generation that a group member joined last; undefined for a member of another process. */
export const generationOf = (memberId: string): number | undefined => generations.get(memberId);

/** kafkajs reports that a member has joined, but not in which generation of the group. */
export const groupGeneration: Patch = {
  module: 'broker/index.js',
  apply: (broker: { prototype: Broker }) => {
    const joinGroup = Reflect.get(broker.prototype, 'joinGroup');
    broker.prototype.joinGroup = async function (this: Broker, request) {
      const joined = await joinGroup.call(this, request);
      generations.set(joined.memberId, joined.generationId);
      return joined;
    };
    return broker;
  },
};
