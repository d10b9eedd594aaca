import { expect } from 'chai';
import { createConnectionLimit } from '../../../src/observability/connection-limit.ts';

describe('The limit of connections', () => {
  let ended: string[];
  const connection = (name: string, isBusy = () => false) => ({
    isBusy,
    destroy: () => void ended.push(name),
  });
  beforeEach(() => (ended = []));

  it('admits connections up to the limit', () => {
    const limit = createConnectionLimit(2);
    const first = connection('first');
    limit.add('a', first);
    limit.add('a', connection('second'));
    limit.remove(first);
    limit.add('a', connection('third'));
    expect(ended).to.deep.equal([]);
  });

  it('ends the oldest connection of the address that holds the most', () => {
    const limit = createConnectionLimit(3);
    limit.add('probe', connection('probe'));
    for (const name of ['one', 'two', 'three', 'four']) limit.add('flood', connection(name));
    expect(ended).to.deep.equal(['one', 'two']);
  });

  it('spares a connection that waits for its answer, unless all wait', () => {
    const limit = createConnectionLimit(2);
    limit.add(
      'a',
      connection('busy', () => true),
    );
    limit.add('a', connection('idle'));
    limit.add(
      'a',
      connection('busy too', () => true),
    );
    expect(ended).to.deep.equal(['idle']);
    limit.add(
      'a',
      connection('one more', () => true),
    );
    expect(ended).to.deep.equal(['idle', 'busy']);
  });

  it('spares the newest connection, even if it has sent nothing and all others wait', () => {
    const limit = createConnectionLimit(2);
    for (const name of ['first', 'second'])
      limit.add(
        'a',
        connection(name, () => true),
      );
    limit.add('a', connection('probe'));
    expect(ended).to.deep.equal(['first']);
  });
});
