import { expect } from 'chai';
import {
  asId,
  asLevel,
  asRegisteredSchema,
  asRegisteredVersion,
  asVersions,
  errorIn,
} from '../../../src/avro/registry-answers.ts';

const NO_OBJECTS = [undefined, null, 1, 'text', []];

describe('The answers of the schema registry', () => {
  it('are read with the fields that are known', () => {
    const references = [{ name: 'Order', subject: 'order-value', version: 1 }];
    const schema = { schema: '"string"', schemaType: 'AVRO', references };
    expect(asRegisteredSchema({ ...schema, more: 1 })).to.deep.equal(schema);
    expect(asRegisteredVersion({ ...schema, id: 7 })).to.deep.equal({ ...schema, id: 7 });
    expect(asRegisteredSchema({ schema: '"string"' })).to.include({ schema: '"string"' });
    expect(asId({ id: 7, version: 1 })).to.deep.equal({ id: 7 });
    expect(asVersions([1, 2])).to.deep.equal([1, 2]);
    expect(asLevel({ compatibilityLevel: 'FULL' })).to.deep.equal({ compatibilityLevel: 'FULL' });
  });

  it('are refused in any other shape', () => {
    for (const body of NO_OBJECTS) {
      for (const read of [asRegisteredSchema, asRegisteredVersion, asId, asLevel])
        expect(read(body), JSON.stringify(body)).to.equal(undefined);
    }
    for (const body of [
      { schema: {} },
      { schema: '"string"', schemaType: 1 },
      { schema: '"string"', references: [{ name: 'Order', subject: 'order-value' }] },
      { schema: '"string"', references: {} },
    ])
      expect(asRegisteredSchema(body), JSON.stringify(body)).to.equal(undefined);
    expect(asRegisteredVersion({ schema: '"string"' }), 'without an id').to.equal(undefined);
    expect(asId({ id: '7' })).to.equal(undefined);
    expect(asVersions(['1'])).to.equal(undefined);
    expect(asVersions({})).to.equal(undefined);
  });

  it('say what is wrong, if they are errors', () => {
    const code = 40403;
    expect(errorIn({ error_code: code, message: 'gone' })).to.deep.equal({ code, message: 'gone' });
    expect(errorIn({ error_code: '40403' })).to.deep.equal({ code: 0, message: 'without a message' });
    for (const body of NO_OBJECTS) expect(errorIn(body)).to.deep.equal({ code: 0, message: 'not an object' });
  });
});
