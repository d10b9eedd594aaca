import { expect } from 'chai';
import fc from 'fast-check';
import { parseType } from '../../../src/avro/avro-type.ts';
import { createBoundsCheck } from '../../../src/avro/bounds-check.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { aCommand } from '../../support/commands.ts';

const commandType = loadSchemas()['run.close.requested'].type;
const checkCommand = createBoundsCheck(commandType).one;
const command = commandType.toBuffer(aCommand({ correlationId: 'c', pickupTime: 0, pickupNote: 'Ünïcödé' }));

const checkOf = (schema: unknown) => createBoundsCheck(parseType(JSON.stringify(schema))).one;
const long = (value: number): Buffer => parseType('"long"').toBuffer(value);
const field = (type: unknown) => ({ type: 'record', name: 'R', fields: [{ name: 'f', type }] });
const EVERY_TYPE = {
  type: 'record',
  name: 'Every',
  fields: [
    { name: 'nothing', type: 'null' },
    { name: 'flag', type: 'boolean' },
    { name: 'int', type: 'int' },
    { name: 'long', type: 'long' },
    { name: 'float', type: 'float' },
    { name: 'double', type: 'double' },
    { name: 'bytes', type: 'bytes' },
    { name: 'text', type: 'string' },
    { name: 'fixed', type: { type: 'fixed', name: 'F', size: 3 } },
    { name: 'symbol', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
    { name: 'list', type: { type: 'array', items: ['null', 'int', 'F'] } },
    { name: 'map', type: { type: 'map', values: 'E' } },
    { name: 'inner', type: ['null', 'Every'] },
  ],
};

describe('The bounds check', () => {
  it('passes exactly the whole value, from where it begins', () => {
    checkCommand(command, 0);
    checkCommand(Buffer.concat([Buffer.from('head'), command]), 4);
  });

  it('refuses every truncation of a command, and every byte too many', () => {
    for (let length = 0; length < command.length; length++) {
      expect(
        () => {
          checkCommand(command.subarray(0, length), 0);
        },
        `${String(length)} bytes`,
      ).to.throw('truncated');
    }
    expect(() => {
      checkCommand(Buffer.concat([command, Buffer.from([0])]), 0);
    }).to.throw('trailing bytes: 1');
  });

  it('names the path of the fault', () => {
    const third = command.lastIndexOf('order-of-U3');
    expect(() => {
      checkCommand(command.subarray(0, third + 3), 0);
    }).to.throw('orders[2].orderId: truncated');
  });

  it('passes whatever the encoder writes, of every type', () => {
    const type = parseType(JSON.stringify(EVERY_TYPE));
    const check = createBoundsCheck(type).one;
    for (let i = 0; i < 200; i++) check(type.toBuffer(type.random()), 0);
  });

  it('never passes bytes that the decoder then fails on, and always ends', () => {
    const types = [commandType, parseType(JSON.stringify(EVERY_TYPE))];
    for (const type of types) {
      const check = createBoundsCheck(type).one;
      const mutated = fc
        .tuple(
          fc.constant(type.toBuffer(type === commandType ? aCommand() : type.random())),
          fc.nat(),
          fc.uint8Array({ minLength: 1, maxLength: 6 }),
        )
        .map(([value, at, bytes]) => {
          const copy = Buffer.concat([value]);
          copy.set(bytes.subarray(0, Math.max(0, copy.length - (at % copy.length))), at % copy.length);
          return copy;
        });
      const bytes = fc.oneof(
        mutated,
        fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
      );
      fc.assert(
        fc.property(bytes, (buffer) => {
          try {
            check(buffer, 0);
          } catch {
            return;
          }
          type.fromBuffer(buffer);
        }),
        { numRuns: 2_000 },
      );
    }
  });

  it('refuses counts and lengths beyond the bytes there are, at once', function () {
    this.timeout(1_000);
    for (const count of [5, 2 ** 20, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const announced = Buffer.concat([long(count), Buffer.from('abc')]);
      const block = Buffer.concat([long(-count), long(count), Buffer.from('abc')]);
      for (const type of ['string', 'bytes'])
        expect(() => {
          checkOf(type)(announced, 0);
        }).to.throw('truncated');
      for (const value of [announced, block]) {
        expect(() => {
          checkOf({ type: 'array', items: 'long' })(value, 0);
        }).to.throw();
        expect(() => {
          checkOf({ type: 'map', values: 'long' })(value, 0);
        }).to.throw();
      }
    }
  });

  it('refuses long lists of items that take no bytes, at once', function () {
    this.timeout(1_000);
    const empty = { type: 'record', name: 'Empty', fields: [] };
    for (const items of ['null', empty, { type: 'fixed', name: 'Zero', size: 0 }]) {
      const blocks = Buffer.concat([...Array<Buffer>(500).fill(long(1_000_000)), long(0)]);
      expect(() => {
        checkOf({ type: 'array', items })(blocks, 0);
      }).to.throw('more values than its bytes can hold');
    }
    checkOf({ type: 'array', items: 'null' })(Buffer.concat([long(200), long(0)]), 0);
  });

  it('refuses records nested beyond any use, before the stack ends', () => {
    const chain = { type: 'record', name: 'Chain', fields: [{ name: 'next', type: ['null', 'Chain'] }] };
    const nested = (depth: number): Buffer => Buffer.from([...Array<number>(depth).fill(2), 0]);
    checkOf(chain)(nested(60), 0);
    expect(() => {
      checkOf(chain)(nested(1_000_000), 0);
    }).to.throw('nested more than 64 deep');
  });

  it('takes blocks with their size, if it is right', () => {
    const check = checkOf({ type: 'array', items: 'string' });
    const items = Buffer.from([2, 97, 2, 98]);
    check(Buffer.concat([long(-2), long(items.length), items, long(0)]), 0);
    for (const size of [0, 3, 5, -4]) {
      expect(() => {
        check(Buffer.concat([long(-2), long(size), items, long(0)]), 0);
      }).to.throw('differs from the size it states');
    }
  });

  it('refuses values that no encoder writes', () => {
    const faults: [unknown, Buffer, string][] = [
      ['boolean', Buffer.from([2]), 'neither 0 nor 1'],
      ['int', long(2 ** 31), 'beyond 32 bits'],
      ['int', long(-(2 ** 31) - 1), 'beyond 32 bits'],
      ['string', long(-1), 'negative length'],
      [['null', 'int'], long(2), 'no branch 2'],
      [['null', 'int'], long(-1), 'no branch -1'],
      [{ type: 'enum', name: 'E', symbols: ['A'] }, long(1), 'no symbol 1'],
      ['long', Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]), 'beyond ±(2^53−1)'],
    ];
    for (const [type, bytes, problem] of faults) {
      expect(() => {
        checkOf(field(type))(bytes, 0);
      }, JSON.stringify(type))
        .to.throw(`f: `)
        .with.property('message')
        .that.includes(problem);
    }
  });
});
