import { expect } from 'chai';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type ClusterPrototype = {
  readonly retry: object;
  findGroupCoordinatorMetadata(this: object, request: object): Promise<object>;
};
type GroupPrototype = {
  fetch(this: object, nodeId: string): Promise<unknown>;
  heartbeat(this: object, options: { interval: number }): Promise<void>;
};
type PoolPrototype = { removeBroker(this: object, address: object): void };

const cluster = (repaired('cluster/index.js') as { prototype: ClusterPrototype }).prototype;
const pool = (repaired('cluster/brokerPool.js') as { prototype: PoolPrototype }).prototype;
const group = (repaired('consumer/consumerGroup.js') as { prototype: GroupPrototype }).prototype;

const brokerClass = repaired('broker/index.js') as { prototype: object };
const Authenticator = repaired('broker/saslAuthenticator/index.js') as new (
  connection: object,
  logger: object,
  versions: object,
  supportsAuthenticate: boolean,
) => { authenticate(): Promise<void> };

/** A login with a password on a connection that answers the handshake, and then as it is told. */
const createAuthenticator = () => {
  const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined };
  const send = { current: (): Promise<object> => Promise.resolve({}) };
  const connection = {
    host: 'one',
    port: 9092,
    sasl: { mechanism: 'plain', username: 'u', password: 'p' },
    send: ({ request: { apiName } }: { request: { apiName: string } }): Promise<object> =>
      apiName === 'SaslHandshake' ? Promise.resolve({ enabledMechanisms: ['PLAIN'] }) : send.current(),
  };
  const versions = { 17: { minVersion: 0, maxVersion: 1 }, 36: { minVersion: 0, maxVersion: 1 } };
  return { authenticator: new Authenticator(connection, logger, versions, true), send };
};

const broker = (nodeId: number, host: string) => ({ nodeId, connectionPool: { host, port: 9092 } });

describe('In an outage', () => {
  it('the last broker that is known stays known, and the others are forgotten', () => {
    const [one, two] = [broker(1, 'one'), broker(2, 'two')];
    const known: { brokers: Record<string, object>; seedBroker: object; metadataExpireAt: number | null } = {
      brokers: { 1: one, 2: two },
      seedBroker: one,
      metadataExpireAt: 1,
    };
    pool.removeBroker.call(known, one.connectionPool);
    expect(known).to.deep.equal({ brokers: { 2: two }, seedBroker: two, metadataExpireAt: null });
    known.metadataExpireAt = 1;
    pool.removeBroker.call(known, two.connectionPool);
    expect(known).to.deep.equal({ brokers: { 2: two }, seedBroker: two, metadataExpireAt: null });
  });

  it('a coordinator that nobody could name is asked for again', async () => {
    const unreachable = { brokerPool: { withBroker: () => Promise.resolve(null) } };
    const failure = await cluster.findGroupCoordinatorMetadata
      .call(unreachable, { groupId: 'g', coordinatorType: 0 })
      .catch((thrown: unknown) => thrown);
    expect(failure).to.include({ name: 'KafkaJSGroupCoordinatorNotFound', retriable: true });
  });

  it('a broker that refuses the group, or the transactional id, is not asked for a coordinator again and again', async () => {
    const refused = Object.assign(new Error('Not authorized to access group'), {
      type: 'GROUP_AUTHORIZATION_FAILED',
      retriable: false,
    });
    const brokers = [() => Promise.reject(refused), () => Promise.reject(new Error('away'))];
    const fakeCluster = {
      brokerPool: {
        withBroker: async (ask: (node: object) => Promise<object>) => {
          for (const findGroupCoordinator of brokers) {
            await ask({ nodeId: 1, broker: { findGroupCoordinator } }).catch(() => null);
          }
          return null;
        },
      },
      retrier: (work: (bail: (thrown: Error) => never) => Promise<object>) =>
        work((thrown) => {
          throw thrown;
        }),
      logger: { debug: () => undefined },
    };
    const failure = await cluster.findGroupCoordinatorMetadata
      .call(fakeCluster, { groupId: 'g', coordinatorType: 0 })
      .catch((thrown: unknown) => thrown);
    expect(failure).to.equal(refused);
  });

  it('a login that the network ended is none that the broker refused', async () => {
    const { authenticator, send } = createAuthenticator();
    for (const ended of [
      Object.assign(new Error('Closed connection'), {
        name: 'KafkaJSConnectionClosedError',
        retriable: true,
      }),
      Object.assign(new Error('wrong password'), { type: 'SASL_AUTHENTICATION_FAILED', retriable: false }),
    ]) {
      send.current = () => Promise.reject(ended);
      expect(await authenticator.authenticate().catch((thrown: unknown) => thrown)).to.equal(ended);
    }
    send.current = () => Promise.resolve({ authBytes: Buffer.from([0, 0, 0, 0]), sessionLifetimeMs: '0' });
    await authenticator.authenticate();
  });

  it('a broker that is lost before the login has ended is one that could not be connected to', async () => {
    const lost = Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' });
    const broker = Object.create(brokerClass.prototype) as { connect(): Promise<void> };
    Object.assign(broker, {
      lock: { acquire: () => Promise.resolve(), release: () => Promise.resolve() },
      connectionPool: { isConnected: () => false, getConnection: () => Promise.reject(lost) },
    });
    const failure = await broker.connect().catch((thrown: unknown) => thrown);
    expect(failure).to.equal(lost).and.to.include({ name: 'KafkaJSConnectionError' });
  });

  const fetchThatThrows = (thrown: Error): Promise<unknown> => {
    const member = Object.create(group) as GroupPrototype;
    Object.assign(member, { cluster: { refreshMetadataIfNecessary: () => Promise.reject(thrown) } });
    return member.fetch('1').catch((failure: unknown) => failure);
  };

  it('a fetch that reaches no broker is tried again for as long as it takes; any other error is not', async () => {
    const unreachable = Object.assign(new Error('connect ECONNREFUSED'), { name: 'KafkaJSConnectionError' });
    const givenUp = Object.assign(new Error('gave up', { cause: unreachable }), {
      name: 'KafkaJSNumberOfRetriesExceeded',
      retriable: false,
    });
    expect(await fetchThatThrows(givenUp))
      .to.equal(givenUp)
      .and.to.include({ retriable: true });
    const refused = Object.assign(new Error('not allowed'), { retriable: false });
    expect(await fetchThatThrows(refused))
      .to.equal(refused)
      .and.to.include({ retriable: false });
  });

  it('a group whose coordinator cannot be reached is asked who has it now', async () => {
    const beaten: string[] = [];
    const coordinator = (name: string, answer: () => Promise<void>) => ({
      name,
      heartbeat: () => {
        beaten.push(name);
        return answer();
      },
    });
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { name: 'KafkaJSConnectionError' });
    const logger = { namespace: () => logger };
    const Member = repaired('consumer/consumerGroup.js') as new (options: object) => GroupPrototype;
    const member = new Member({ logger, instrumentationEmitter: { emit: () => undefined }, topics: [] });
    Object.assign(member, {
      memberId: 'm',
      coordinator: coordinator('the dead one', () => Promise.reject(refused)),
      cluster: {
        findGroupCoordinator: () => Promise.resolve(coordinator('its heir', () => Promise.resolve())),
      },
    });
    const failure = await member.heartbeat({ interval: -1 }).catch((thrown: unknown) => thrown);
    expect(failure, 'it is told all the same').to.equal(refused);
    await member.heartbeat({ interval: -1 });
    expect(beaten).to.deep.equal(['the dead one', 'its heir']);
  });

  it('a transaction begins to retry after ten milliseconds', () => {
    expect(cluster.retry).to.include({ initialRetryTime: 10 });
  });
});
