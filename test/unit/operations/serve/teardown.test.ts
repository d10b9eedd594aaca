import { expect } from 'chai';
import { createTeardown } from '../../../../src/operations/serve/teardown.ts';

describe('The list of what to tear down', () => {
  it('closes everything once, in reverse order of building, whatever fails', async () => {
    const teardown = createTeardown();
    const closed: string[] = [];
    teardown.add(() => closed.push('first'));
    teardown.add(() => Promise.reject(new Error('the server is gone')));
    teardown.add(() => {
      throw new Error('a bug');
    });
    teardown.add(async () => {
      await Promise.resolve();
      closed.push('last');
    });
    await teardown.run();
    await teardown.run();
    expect(closed).to.deep.equal(['last', 'first']);
  });
});
