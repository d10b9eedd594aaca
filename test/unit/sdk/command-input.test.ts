import { expect } from 'chai';
import sinon from 'sinon';

import { createCommandReader } from '../../../src/sdk/command-input.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const NOW = Date.UTC(2026, 2, 2, 8, 15);
const read = createCommandReader();

const ORDER = { orderId: 'o-1', userId: 'U1', displayName: 'Dana', text: 'Flat white', submittedAt: NOW };
const COMMAND = {
  commandId: 'c-1',
  runId: 'r-1',
  channelId: 'C1',
  initiatorUserId: 'U1',
  actorUserId: 'U1',
  requestedAt: NOW,
  orders: [ORDER],
};

const problemOf = (input: unknown): string => {
  try {
    read(input);
  } catch (error) {
    expect(failureOf(error)).to.include({ kind: 'fatal', code: 'WRONG_USE' });
    return failureOf(error).message;
  }
  return 'none';
};

describe('A command as publishers write it', () => {
  let clock: sinon.SinonFakeTimers;

  beforeEach(() => {
    clock = sinon.useFakeTimers({ now: NOW, toFake: ['Date'] });
  });

  afterEach(() => {
    clock.restore();
  });

  it('gets the defaults of what it leaves out', () => {
    expect(read(COMMAND)).to.deep.equal({
      ...COMMAND,
      channelName: null,
      allowConsecutiveRunner: false,
      correlationId: null,
      pickupTime: null,
      pickupNote: null,
      orders: [
        { ...ORDER, slackUserId: null, provenance: 'manual', confirmed: true, quantity: 1, canRun: true },
      ],
    });
  });

  it('is left as it is if it is complete', () => {
    expect(read(aCommand())).to.deep.equal(aCommand());
    expect(Object.keys(read(aCommand()))).to.deep.equal(Object.keys(aCommand()));
  });

  it('gets an id and a time if it has none', () => {
    const absences = [undefined, null].map((it) => ({ ...COMMAND, commandId: it, requestedAt: it }));
    for (const absent of absences) {
      const first = read(absent);
      expect(first.requestedAt).to.equal(NOW);
      expect(first.commandId).to.match(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(read(absent).commandId).not.to.equal(first.commandId);
    }
  });

  it('may have its times as RFC 3339', () => {
    const times: [string, number][] = [
      ['2026-03-02T08:15:00Z', NOW],
      ['2026-03-02t09:15:00.5+01:00', NOW + 500],
      ['2026-03-02 03:15:00.123456-05:00', NOW + 123],
      ['2024-02-29T00:00:00z', Date.UTC(2024, 1, 29)],
    ];
    for (const [text, time] of times) {
      expect(read({ ...COMMAND, requestedAt: text, pickupTime: text }), text).to.include({
        requestedAt: time,
        pickupTime: time,
      });
    }
  });

  it('takes a Date for a time', () => {
    const time = new Date('2026-03-02T08:15:00.25Z');
    expect(read({ ...COMMAND, requestedAt: time, pickupTime: time })).to.include({
      requestedAt: time.getTime(),
      pickupTime: time.getTime(),
    });
  });

  it('is refused with anything else for a time', () => {
    const wrong = [
      '',
      'tomorrow',
      '2026-03-02',
      '2026-03-02T08:15Z',
      '2026-03-02T25:15:00Z',
      '2026-03-02T24:00:00Z',
      '2026-03-02T08:60:00Z',
      '2026-03-02T08:15:00+24:00',
    ];
    for (const pickupTime of [...wrong, 1.5, NaN, 2 ** 60, true, [], new Date(NaN)]) {
      expect(problemOf({ ...COMMAND, pickupTime }), String(pickupTime)).to.equal(
        'pickupTime is not a time: RFC 3339, or milliseconds since 1970',
      );
    }
  });

  it('is refused with a time without a zone, or of a day that there is not, with a hint', () => {
    for (const pickupTime of ['2026-03-02T08:15:00', '2026-03-02 08:15:00.5', '2026-03-02t08:15'])
      expect(problemOf({ ...COMMAND, pickupTime }), pickupTime).to.equal(
        'pickupTime is not a time: it has no time zone: end it with Z for UTC, or with an offset such as +01:00',
      );
    for (const pickupTime of ['2026-02-30T08:15:00Z', '2025-02-29T08:15:00+01:00', '2026-13-01T08:15:00Z'])
      expect(problemOf({ ...COMMAND, pickupTime }), pickupTime).to.equal(
        'pickupTime is not a time: there is no such day',
      );
  });

  it('is refused with a field that there is not, and told which was meant', () => {
    expect(problemOf({ ...COMMAND, chanelName: 'x' })).to.equal(
      'chanelName is not a field; did you mean channelName?',
    );
    expect(problemOf({ ...COMMAND, orders: [{ ...ORDER, CANRUN: true }] })).to.equal(
      'orders[0].CANRUN is not a field; did you mean canRun?',
    );
    expect(problemOf({ ...COMMAND, weather: 'x' })).to.equal('weather is not a field');
    expect(problemOf(JSON.parse(`{"__proto__": 1, ${JSON.stringify(COMMAND).slice(1)}`))).to.equal(
      '__proto__ is not a field',
    );
    expect(problemOf({ ...COMMAND, '\u001b[31m\nrunclose: done': 1 })).to.equal(
      '["\\u001b[31m\\nrunclose: done"] is not a field',
    );
    expect(problemOf({ ...COMMAND, orders: [{ ...ORDER, ['x'.repeat(99)]: 1 }] })).to.equal(
      `orders[0]["${'x'.repeat(60)}"] is not a field`,
    );
  });

  it('is refused without a field that has no default', () => {
    expect(problemOf({ ...COMMAND, orders: [{ ...ORDER, text: undefined }] })).to.equal(
      'orders[0].text is missing',
    );
    expect(problemOf({ runId: 'r-1' })).to.equal(
      'channelId is missing; initiatorUserId is missing; actorUserId is missing; orders is missing',
    );
  });

  it('is refused with values of another type, all of them named and none of them quoted', () => {
    const orders = [
      anOrder(),
      { ...ORDER, quantity: 'two', confirmed: 'yes', displayName: null, submittedAt: {} },
    ];
    expect(problemOf({ ...COMMAND, runId: 7, channelName: false, orders })).to.equal(
      'runId is not a text; channelName is not a text; orders[1].displayName is not a text; ' +
        'orders[1].submittedAt is not a time: RFC 3339, or milliseconds since 1970; ' +
        'orders[1].confirmed is not true or false; orders[1].quantity is not a whole number',
    );
    expect(problemOf({ ...COMMAND, orders: [{ ...ORDER, quantity: 2 ** 31 }] })).to.include(
      'not a whole number',
    );
    expect(problemOf({ ...COMMAND, orders: {} })).to.equal('orders is not a list');
    expect(problemOf({ ...COMMAND, orders: ['Flat white'] })).to.equal('orders[0] is not an object');
    for (const input of [null, 'x', 7, [], undefined])
      expect(problemOf(input)).to.equal('a command is not an object');
  });

  it('names ten faults at most', () => {
    const orders = Array(8).fill({ orderId: 1, userId: 2 });
    expect(problemOf({ ...COMMAND, orders })).to.match(/; and 30 more$/);
  });
});
