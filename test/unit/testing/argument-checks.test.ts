import { expect } from 'chai';
import { failureOf } from '../../../src/processor/failure.ts';
import { createTestRunClose, type TestRunClose } from '../../../src/testing/test-run-close.ts';

/** As JavaScript calls it. */
type Loose = Record<keyof TestRunClose, (...given: unknown[]) => unknown>;
const create = createTestRunClose as unknown as (options?: unknown) => Loose;

describe('RunClose in memory, given what makes no sense,', () => {
  const kit = create();
  const value = Buffer.from('no event');

  for (const [fault, call] of [
    [
      'the options of createTestRunClose must be an object: leave them out, or pass { partitions, now }',
      () => create(null),
    ],
    ['partition is not an option: did you mean partitions?', () => create({ partition: 3 })],
    ['partitions must be a whole number from 1', () => create({ partitions: 0 })],
    ['now must be a valid Date', () => create({ now: 5 })],
    ['given needs an object: pass { channelId, policy, pastRuns }', () => kit.given()],
    ['channelId must be a text that is not empty', () => kit.given({ policy: { enabled: false } })],
    [
      'pastRun is not an option: did you mean pastRuns?',
      () => kit.given({ channelId: 'coffee', pastRun: [] }),
    ],
    ['policy must be an object', () => kit.given({ channelId: 'coffee', policy: null })],
    [
      'pastRuns must be a list of { runner, members }',
      () => kit.given({ channelId: 'coffee', pastRuns: [{ runer: 'ana' }] }),
    ],
    ['the settings of the publisher cannot work: they must be an object', () => kit.publisher(null)],
    ['the settings of the subscriber cannot work: they must be an object', () => kit.subscriber()],
    ['the argument of command must be an object: { members, … }', () => kit.command(null)],
    ['members must be a list of user ids', () => kit.command({ members: 'ana' })],
    [
      'the type of event must be one of run.closed, run.summary, run.close.rejected',
      () => kit.events('run.closd'),
    ],
    ['topic must be a text that is not empty', () => kit.records()],
    ['topic must be a text that is not empty', () => kit.expire()],
    ['count must be a whole number from 1', () => kit.waiting(Number.NaN)],
    ['put needs an object: pass { key, value, headers }', () => kit.put('run.closed')],
    ['key must be a text; value must be a Buffer', () => kit.put('run.closed', { value: 'text' })],
    [
      'headers must be an object of texts: { name: value }',
      () => kit.put('run.closed', { key: 'coffee', value, headers: null }),
    ],
    ['header is not an option: did you mean headers?', () => kit.put('a', { key: 'b', value, header: {} })],
    ['the server must be one of kafka, registry, processor', () => kit.away('broker')],
    ['the server must be one of kafka, registry, processor', () => kit.back('broker')],
    ['milliseconds must be a whole number from 0', () => kit.pass(Number.NaN)],
    ['milliseconds must be a whole number from 0', () => kit.pass(-1)],
  ] as const)
    it(`says what to pass: ${fault}`, async () => {
      const failure = await new Promise((resolve) => resolve(call())).then(
        () => expect.fail('it was taken'),
        failureOf,
      );
      expect(failure).to.have.property('code', 'WRONG_USE');
      expect(failure.message).to.include(fault);
    });
});
