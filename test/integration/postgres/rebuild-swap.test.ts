import { expect } from 'chai';
import { createOwnerPool } from '../../../src/postgres/pool.ts';
import { swapSchemas } from '../../../src/postgres/rebuild/swap.ts';
import { SHADOW_SCHEMA } from '../../../src/postgres/rebuild/rebuild-lock.ts';
import { openShadowSchema } from '../../../src/postgres/rebuild/shadow-schema.ts';
import { createTestDatabase } from '../../support/database.ts';
import { failureFrom, TOPIC } from './batches.ts';

describe('the swap of a shadow', () => {
  it('refuses a shadow that another rebuild has created again, after the lock was lost with its connection', async () => {
    const database = await createTestDatabase();
    const scope = { clusterId: 'here', topic: TOPIC };
    const begun = { ...scope, programVersion: 'any', begins: { 0: 5, 1: 0 }, channelId: null };
    const shadow = await createOwnerPool(database.settings, 'runclose-test', SHADOW_SCHEMA);
    const swapAt = (...positions: number[]) =>
      swapSchemas(shadow, scope, 'any', () => Promise.resolve(new Map(positions.entries())));
    const create = async (facts: typeof begun): Promise<void> => {
      const schema = await openShadowSchema(database.settings);
      await schema.create(facts, 'any', () => Promise.resolve());
      await schema.close();
    };
    try {
      await create(begun);
      await create({ ...begun, begins: { 0: 0, 1: 0 } });
      expect(await failureFrom(swapAt(5, 0))).to.include({ code: 'SHADOW_MOVED' });
      expect(await database.query('SELECT * FROM runclose.partition_lease')).to.deep.equal([]);
      await create(begun);
      expect(await swapAt(5, 0)).to.be.a('number');
    } finally {
      await shadow.end();
      await database.remove();
    }
  });
});
