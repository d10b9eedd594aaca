import { expect } from 'chai';
import {
  expectCloseAndWaitOptions,
  expectCommandName,
  expectPublishOptions,
  expectSearchOptions,
} from '../../../src/sdk/call-check.ts';

describe('The arguments of a call', () => {
  it('are taken if they can work', () => {
    const wait = { timeout: 1, signal: AbortSignal.abort() };
    expectPublishOptions({});
    expectPublishOptions({ headers: undefined });
    expectPublishOptions({ headers: { traceparent: '00' } });
    expectCloseAndWaitOptions({ headers: {}, ...wait });
    expectSearchOptions(wait);
    expectCommandName({ channelId: 'C1', commandId: ' ', published: undefined });
  });

  for (const [check, value, fault] of [
    [
      expectPublishOptions,
      null,
      'the options of publish must be an object: leave them out, or pass { headers }',
    ],
    [
      expectPublishOptions,
      5,
      'the options of publish must be an object: leave them out, or pass { headers }',
    ],
    [
      expectCloseAndWaitOptions,
      null,
      'the options of closeAndWait must be an object: leave them out, or pass { headers, timeout, signal }',
    ],
    [
      expectSearchOptions,
      null,
      'the options of outcomeOf must be an object: leave them out, or pass { timeout, signal }',
    ],
    [expectPublishOptions, { header: {} }, 'header is not an option: did you mean headers?'],
    [expectPublishOptions, { toString: 1 }, 'toString is not an option: the options are headers'],
    [expectPublishOptions, { headers: null }, 'headers must be an object of texts: { name: value }'],
    [expectPublishOptions, { headers: new Headers() }, 'headers must be an object of texts: { name: value }'],
    [expectPublishOptions, { headers: { a: 1 } }, 'headers.a is not a text'],
    [expectSearchOptions, { headers: {} }, 'headers is not an option: the options are timeout, signal'],
    [
      expectSearchOptions,
      { timeout: Number.NaN },
      'timeout must be a whole number of milliseconds from 1 to 2147483647',
    ],
    [expectSearchOptions, { signal: null }, 'signal must be an AbortSignal'],
    [
      expectCommandName,
      null,
      'channelId must be a text that is not empty; commandId must be a text that is not empty',
    ],
  ] as const)
    it(`are refused: ${fault}`, () => {
      expect(() => {
        check(value);
      })
        .to.throw(fault)
        .with.property('code', 'WRONG_USE');
    });
});
