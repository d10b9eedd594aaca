import { expect } from 'chai';
import { createHandlerSlots } from '../../../src/sdk/handler-slots.ts';

describe('Handlers side by side', () => {
  it('are as many as there are slots, and enter in the order they came', async () => {
    const { enter } = createHandlerSlots(2);
    const entered: string[] = [];
    const come = async (who: string): Promise<() => void> => {
      const leave = await enter();
      entered.push(who);
      return leave;
    };
    const first = await come('a');
    await come('b');
    const third = come('c');
    const fourth = come('d');
    await Promise.resolve();
    expect(entered).to.deep.equal(['a', 'b']);
    first();
    (await third)();
    await fourth;
    expect(entered).to.deep.equal(['a', 'b', 'c', 'd']);
  });
});
