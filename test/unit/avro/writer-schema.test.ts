import { expect } from 'chai';
import { fetchWriterSchema, writerType } from '../../../src/avro/writer-schema.ts';
import { createInMemorySchemaRegistry } from '../../support/in-memory/schema-registry.ts';

const record = (name: string, ...types: string[]): string =>
  JSON.stringify({ type: 'record', name, fields: types.map((type, i) => ({ name: `f${String(i)}`, type })) });

const refer = (...subjects: string[]) => ({
  references: subjects.map((subject) => ({ name: subject, subject, version: 1 })),
});

describe("A writer's schema", () => {
  it('comes with everything it refers to, directly or not, each before it is needed', async () => {
    const registry = createInMemorySchemaRegistry();
    registry.put('C', record('C', 'string'));
    registry.put('B', record('B', 'C'), refer('C'));
    const id = registry.put('A', record('A', 'C', 'B', 'C'), refer('C', 'B'));
    const schema = await fetchWriterSchema(registry, id);
    expect(schema).to.deep.equal({
      kind: 'AVRO',
      json: record('A', 'C', 'B', 'C'),
      references: [record('C', 'string'), record('B', 'C')],
    });
    if (schema !== null) expect(writerType(schema).name).to.equal('A');
  });

  it('ends if references go in a circle', async () => {
    const registry = createInMemorySchemaRegistry();
    registry.put('B', record('B', 'A'), refer('A'));
    const id = registry.put('A', record('A', 'B'), refer('B'));
    expect(await fetchWriterSchema(registry, id))
      .to.have.property('references')
      .with.lengthOf(2);
  });

  it('is null if the registry does not know the id', async () => {
    expect(await fetchWriterSchema(createInMemorySchemaRegistry(), 1)).to.equal(null);
  });
});
