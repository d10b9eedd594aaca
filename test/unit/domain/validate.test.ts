import { expect } from 'chai';
import type { Order, RunCloseRequested } from '../../../src/domain/records.ts';
import { firstFault } from '../../../src/domain/validate.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const TOO_LATE = Date.UTC(2100, 0, 1);

const faultOf = (command: Partial<RunCloseRequested>) => {
  const whole = aCommand(command);
  return firstFault(whole, whole.channelId);
};

const faultOfOrder = (order: Partial<Order>) =>
  faultOf({ orders: [anOrder({ userId: 'U0' }), anOrder({ orderId: 'order-2', ...order })] });

const pathOf = (fault: string | null) => fault?.split(':')[0];

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => anOrder({ userId: `U${String(index)}` }));

describe('a valid command', () => {
  it('has no fault', () => {
    expect(faultOf({})).to.equal(null);
  });

  it('may have no orders, and up to 200 of them', () => {
    expect(faultOf({ orders: [] })).to.equal(null);
    expect(faultOf({ orders: many(200) })).to.equal(null);
  });

  it('may have empty texts, and texts with line breaks', () => {
    expect(faultOf({ channelName: '', pickupNote: 'at the\nside door' })).to.equal(null);
    expect(faultOfOrder({ displayName: '', text: '', provenance: '\u0007' })).to.equal(null);
  });

  it('may have ids and texts as long as they may be', () => {
    expect(faultOf({ commandId: 'x'.repeat(128), correlationId: 'x'.repeat(128) })).to.equal(null);
    expect(faultOf({ channelName: 'x'.repeat(200), pickupNote: 'x'.repeat(1000) })).to.equal(null);
    expect(
      faultOfOrder({ displayName: 'x'.repeat(200), text: '茶'.repeat(500), provenance: 'x'.repeat(200) }),
    ).to.equal(null);
  });

  it('may be of the first and the last millisecond', () => {
    expect(faultOf({ requestedAt: 0, pickupTime: TOO_LATE - 1 })).to.equal(null);
    expect(faultOfOrder({ submittedAt: 0, quantity: 100 })).to.equal(null);
  });
});

describe('the first fault of a command', () => {
  it('is a missing key', () => {
    expect(firstFault(aCommand({ commandId: '' }), null)).to.equal(
      'key: must be the channelId, but the record has no key',
    );
  });

  it('is a key that is not the channelId, before all else', () => {
    expect(firstFault(aCommand({ commandId: '' }), 'C2')).to.equal(
      'key: must be the channelId, but differs from it',
    );
  });

  for (const path of [
    'commandId',
    'runId',
    'channelId',
    'initiatorUserId',
    'actorUserId',
    'correlationId',
  ] as const) {
    it(`is a ${path} that is empty, too long or unfit`, () => {
      expect(faultOf({ [path]: '' })).to.equal(`${path}: must have 1 to 128 UTF-16 units, and is empty`);
      expect(faultOf({ [path]: 'x'.repeat(129) })).to.equal(
        `${path}: must have at most 128 UTF-16 units, and has 129`,
      );
      for (const unfit of ['a\nb', 'a\u0085b', 'a\ufffdb', 'a\ud83db']) {
        expect(faultOf({ [path]: unfit })).to.equal(
          `${path}: must not have a control character, U+FFFD or half a surrogate pair, and has one`,
        );
      }
    });
  }

  for (const path of ['orderId', 'userId', 'slackUserId'] as const) {
    it(`is an order's ${path} that is empty, too long or unfit`, () => {
      expect(faultOfOrder({ [path]: '' })).to.equal(
        `orders[1].${path}: must have 1 to 128 UTF-16 units, and is empty`,
      );
      expect(faultOfOrder({ [path]: 'x'.repeat(129) })).to.equal(
        `orders[1].${path}: must have at most 128 UTF-16 units, and has 129`,
      );
      expect(faultOfOrder({ [path]: '\u007f' })).to.equal(
        `orders[1].${path}: must not have a control character, U+FFFD or half a surrogate pair, and has one`,
      );
    });
  }

  for (const [path, longest] of [
    ['channelName', 200],
    ['pickupNote', 1000],
  ] as const) {
    it(`is a ${path} that is too long or unfit`, () => {
      expect(faultOf({ [path]: 'x'.repeat(longest + 1) })).to.equal(
        `${path}: must have at most ${String(longest)} UTF-16 units, and has ${String(longest + 1)}`,
      );
      for (const unfit of ['a\0b', '\ufffd', 'a\ude42']) {
        expect(faultOf({ [path]: unfit })).to.equal(
          `${path}: must not have a NUL, U+FFFD or half a surrogate pair, and has one`,
        );
      }
    });
  }

  for (const [path, longest] of [
    ['displayName', 200],
    ['text', 500],
    ['provenance', 200],
  ] as const) {
    it(`is an order's ${path} that is too long or unfit`, () => {
      expect(faultOfOrder({ [path]: 'x'.repeat(longest + 1) })).to.equal(
        `orders[1].${path}: must have at most ${String(longest)} UTF-16 units, and has ${String(longest + 1)}`,
      );
      expect(faultOfOrder({ [path]: 'a\0b' })).to.equal(
        `orders[1].${path}: must not have a NUL, U+FFFD or half a surrogate pair, and has one`,
      );
    });
  }

  for (const time of [-1, TOO_LATE]) {
    it(`is the time ${String(time)}`, () => {
      const found = time < 0 ? 'before 1970' : 'after 2099';
      expect(faultOf({ requestedAt: time })).to.equal(
        `requestedAt: must be in 1970 to 2099, and is ${found}`,
      );
      expect(faultOf({ pickupTime: time })).to.equal(`pickupTime: must be in 1970 to 2099, and is ${found}`);
      expect(faultOfOrder({ submittedAt: time })).to.equal(
        `orders[1].submittedAt: must be in 1970 to 2099, and is ${found}`,
      );
    });
  }

  for (const quantity of [0, -1, 101]) {
    it(`is a quantity of ${String(quantity)}`, () => {
      expect(faultOfOrder({ quantity })).to.equal(
        `orders[1].quantity: must be 1 to 100, and is ${quantity < 1 ? 'less' : 'more'}`,
      );
    });
  }

  it('is one order too many, before anything in them', () => {
    const orders = many(201).map((order) => ({ ...order, quantity: 0 }));
    expect(faultOf({ orders })).to.equal('orders: must have at most 200 entries, and has 201');
  });

  it("is the second order of one person, at its userId and before that order's other fields", () => {
    const orders = [...many(3), anOrder({ userId: 'U1', quantity: 0 })];
    expect(faultOf({ orders })).to.equal(
      'orders[3].userId: must not order twice, and has already ordered in orders[1]',
    );
  });

  it('is the one that comes first in the schema', () => {
    const faults = Object.entries({
      commandId: '',
      runId: '',
      channelId: '',
      channelName: '\0',
      initiatorUserId: '',
      actorUserId: '',
      requestedAt: -1,
      correlationId: '',
      pickupTime: -1,
      pickupNote: '\0',
      orders: many(201),
    });
    for (const [index, [path]] of faults.entries()) {
      expect(pathOf(faultOf(Object.fromEntries(faults.slice(index))))).to.equal(path);
    }
  });

  it('is the one that comes first in its order', () => {
    const faults = Object.entries({
      orderId: '',
      userId: '',
      slackUserId: '',
      displayName: '\0',
      text: '\0',
      provenance: '\0',
      submittedAt: -1,
      quantity: 0,
    });
    for (const [index, [path]] of faults.entries()) {
      expect(pathOf(faultOfOrder(Object.fromEntries(faults.slice(index))))).to.equal(`orders[1].${path}`);
    }
  });

  it('is in the first order that has one', () => {
    const orders = [anOrder({ quantity: 0 }), anOrder({ userId: 'U2', orderId: '' })];
    expect(pathOf(faultOf({ orders }))).to.equal('orders[0].quantity');
  });

  it('never shows the value', () => {
    expect(faultOfOrder({ displayName: 'Dana\0' })).not.to.contain('Dana');
  });
});
