import { expect } from 'chai';

import { inputTypes, recordTypes } from '../../../scripts/schemas/record-types.ts';
import type { RecordJson } from '../../../src/avro/schema-json.ts';

const time = { type: 'long', logicalType: 'timestamp-millis' } as const;
const inner = (doc: string): RecordJson => ({
  type: 'record',
  name: 'Inner',
  doc,
  fields: [{ name: 'count', type: 'int', doc: 'How many.' }],
});
const outer = (nested: RecordJson): RecordJson => ({
  type: 'record',
  name: 'Outer',
  doc: 'Holds the inner ones.',
  fields: [
    { name: 'at', type: ['null', time], doc: 'When; null: never.' },
    { name: 'inner', type: { type: 'array', items: nested }, doc: 'One, two, three. '.repeat(8).trim() },
  ],
});

describe('The types generated from schemas', () => {
  it('document every record and field, nested records first', () => {
    expect(
      recordTypes([outer(inner('One.'))])
        .split('\n')
        .slice(2),
    ).to.deep.equal([
      '/** One. */',
      'export type Inner = {',
      '/** How many. */',
      'count: number;',
      '};',
      '',
      '/** Holds the inner ones. */',
      'export type Outer = {',
      '/** When; null: never. */',
      'at: number | null;',
      '/**',
      ` * ${'One, two, three. '.repeat(6).trim()}`,
      ' * One, two, three. One, two, three.',
      ' */',
      'inner: Inner[];',
      '};',
    ]);
  });

  it('let publishers leave out fields with a default', () => {
    const fields = [...inner('One.').fields, { name: 'note', type: 'string', doc: 'A note.', default: '' }];
    expect(inputTypes([outer({ ...inner('One.'), fields })])).to.include(
      'readonly count: number;\n/** A note. */\nreadonly note?: string;',
    );
    expect(inputTypes([outer(inner('One.'))])).to.include('readonly inner: readonly InnerInput[];');
  });

  it('name a record once, however often it is nested', () => {
    const types = recordTypes([outer(inner('One.')), { ...outer(inner('One.')), name: 'Other' }]);
    expect(types.match(/type Inner/g)).to.have.lengthOf(1);
  });

  it('refuse two records of one name that differ', () => {
    const schemas = [outer(inner('One.')), { ...outer(inner('Another.')), name: 'Other' }];
    expect(() => recordTypes(schemas)).to.throw('different records named Inner');
  });

  it('refuse a schema whose doc does not name every value of a text', () => {
    const policy = { name: 'policy', type: 'string', doc: 'Such as `fair-share`.' } as const;
    const fairness = { ...inner('One.'), name: 'Fairness', fields: [policy] };
    expect(() => recordTypes([fairness])).to.throw(
      'The doc of Fairness.policy in schemas/ does not name `fair-share-weighted`. Add the name to that doc',
    );
  });

  it('refuse an Avro type that our records do not use', () => {
    const schema = { ...inner('One.'), fields: [{ name: 'raw', type: 'bytes', doc: 'Bytes.' }] };
    expect(() => recordTypes([schema])).to.throw("No TypeScript type is known for Avro's bytes");
  });
});
