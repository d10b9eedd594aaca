import { expect } from 'chai';
import sinon from 'sinon';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type BrokerPool = { refreshMetadataIfNecessary(topics: readonly string[]): Promise<void> };

const MAX_AGE_MS = 10_000;
const MINUTE = 60_000;

describe('The metadata of a cluster', () => {
  let clock: sinon.SinonFakeTimers;
  let asked: number;
  let leader: number;
  let pool: BrokerPool;
  beforeEach(() => {
    clock = sinon.useFakeTimers({ now: Date.UTC(2026, 0, 5, 8) });
    [asked, leader] = [0, 1];
    const { prototype } = repaired('cluster/brokerPool.js') as { prototype: object };
    const broker = {
      metadata: () => {
        asked += 1;
        return Promise.resolve({
          brokers: [],
          topicMetadata: [{ topic: 'T', partitionMetadata: [{ leader }] }],
        });
      },
    };
    pool = Object.assign(Object.create(prototype) as BrokerPool, {
      brokers: {},
      metadata: null,
      metadataExpireAt: null,
      metadataMaxAge: MAX_AGE_MS,
      seedBroker: { connectionPool: { host: 'h', port: 1 } },
      findConnectedBroker: () => Promise.resolve(broker),
      retrier: (work: (bail: (error: Error) => void) => Promise<void>) =>
        work((error) => {
          throw error;
        }),
    });
  });
  afterEach(() => clock.restore());

  const askedAfter = async (ms: number): Promise<number> => {
    clock.tick(ms);
    await pool.refreshMetadataIfNecessary(['T']);
    return asked;
  };

  it('is asked for again at its age, although the clock was set back by an hour', async () => {
    expect(await askedAfter(0)).to.equal(1);
    clock.setSystemTime(Date.now() - 60 * MINUTE);
    expect(await askedAfter(MAX_AGE_MS - 1_000)).to.equal(1);
    expect(await askedAfter(2_000)).to.equal(2);
  });

  it('is asked for again each second while a partition has no leader, although the clock was set back', async () => {
    leader = -1;
    expect(await askedAfter(0)).to.equal(1);
    clock.setSystemTime(Date.now() - 60 * MINUTE);
    expect(await askedAfter(500)).to.equal(1);
    leader = 1;
    expect(await askedAfter(1_000)).to.equal(2);
    expect(await askedAfter(2_000)).to.equal(2);
  });
});
