import { expect } from 'chai';
import { rfc3339, withTimes } from '../../../../src/cli/text/json.ts';

describe('Records as JSON', () => {
  it('have their times as RFC 3339, at any depth, and everything else as it is', () => {
    const at = Date.UTC(2026, 2, 2, 8, 15);
    expect(
      withTimes({ closedAt: at, sequence: at, pickupTime: null, orders: [{ submittedAt: at, text: 'tea' }] }),
    ).to.deep.equal({
      closedAt: '2026-03-02T08:15:00.000Z',
      sequence: at,
      pickupTime: null,
      orders: [{ submittedAt: '2026-03-02T08:15:00.000Z', text: 'tea' }],
    });
  });

  it('leave a time that RFC 3339 cannot write a number', () => {
    expect([rfc3339(-1), rfc3339(0), rfc3339(Date.UTC(9999, 11, 31)), rfc3339(2 ** 53 - 1)]).to.deep.equal([
      -1,
      '1970-01-01T00:00:00.000Z',
      '9999-12-31T00:00:00.000Z',
      2 ** 53 - 1,
    ]);
  });
});
