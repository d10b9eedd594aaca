import { expect } from 'chai';
import { knownCoordinators } from '../../../../src/kafka/patches/known-coordinators.ts';

type Group = { readonly groupId: string; readonly coordinatorType: number };
type Broker = { readonly nodeId: string; endTxn(request: object): Promise<string> };
type Cluster = { findGroupCoordinator(group: Group): Promise<Broker> };

const GROUP = { groupId: 'runclose', coordinatorType: 0 };
const TRANSACTION = { groupId: 'runclose', coordinatorType: 1 };

describe('The coordinators of a producer', () => {
  let asked: string[];
  let coordinator: string;
  let refusal: Error | null;
  let isGone: boolean;

  const clusterOfProducer = (): Cluster => {
    const brokerOf = (nodeId: string): Broker => ({
      nodeId,
      endTxn: () => (refusal === null ? Promise.resolve(`ended by ${nodeId}`) : Promise.reject(refusal)),
    });
    const cluster = {
      findGroupCoordinator: ({ groupId, coordinatorType }: Group) => {
        asked.push(`coordinator of ${groupId}, type ${String(coordinatorType)}`);
        return Promise.resolve(brokerOf(coordinator));
      },
      findBroker: ({ nodeId }: { nodeId: string }) =>
        isGone ? Promise.reject(new Error(`${nodeId} is gone`)) : Promise.resolve(brokerOf(nodeId)),
    };
    let given: unknown;
    const create = knownCoordinators.apply(((options: { cluster: unknown }) => {
      given = options.cluster;
      return {};
    }) as never) as (options: object) => object;
    create({ cluster });
    return given as Cluster;
  };

  beforeEach(() => {
    [asked, coordinator, refusal, isGone] = [[], '1', null, false];
  });

  it('are looked up once each', async () => {
    const cluster = clusterOfProducer();
    for (let time = 1; time <= 3; time++) {
      expect(await (await cluster.findGroupCoordinator(TRANSACTION)).endTxn({})).to.equal('ended by 1');
      await cluster.findGroupCoordinator(GROUP);
    }
    expect(asked).to.deep.equal(['coordinator of runclose, type 1', 'coordinator of runclose, type 0']);
  });

  it('are looked up again after one has refused a request: another broker may be it by now', async () => {
    const cluster = clusterOfProducer();
    refusal = new Error('not the coordinator');
    const thrown = await (
      await cluster.findGroupCoordinator(TRANSACTION)
    )
      .endTxn({})
      .catch((error: unknown) => error);
    expect(thrown).to.equal(refusal);
    [refusal, coordinator] = [null, '2'];
    expect(await (await cluster.findGroupCoordinator(TRANSACTION)).endTxn({})).to.equal('ended by 2');
  });

  it('stay known while one of them still ends the transaction before', async () => {
    const cluster = clusterOfProducer();
    refusal = Object.assign(new Error('not yet'), { type: 'CONCURRENT_TRANSACTIONS' });
    await (await cluster.findGroupCoordinator(TRANSACTION)).endTxn({}).catch(() => undefined);
    await cluster.findGroupCoordinator(TRANSACTION);
    expect(asked).to.have.length(1);
  });

  it('are looked up again when the broker cannot be reached any more', async () => {
    const cluster = clusterOfProducer();
    await cluster.findGroupCoordinator(TRANSACTION);
    [isGone, coordinator] = [true, '2'];
    expect((await cluster.findGroupCoordinator(TRANSACTION)).nodeId).to.equal('2');
  });
});
