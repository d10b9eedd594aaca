import { expect } from 'chai';
import { createConnectionPlaces } from '../../../src/observability/connection-places.ts';

describe('Places for connections', () => {
  let ended: string[];
  const guest = (name: string, isBusy = () => false) => ({ isBusy, destroy: () => void ended.push(name) });
  beforeEach(() => (ended = []));

  it('take connections up to the limit', () => {
    const places = createConnectionPlaces(2);
    const first = guest('first');
    places.take('a', first);
    places.take('a', guest('second'));
    places.leave(first);
    places.take('a', guest('third'));
    expect(ended).to.deep.equal([]);
  });

  it('are made by ending the oldest connection of the address that holds the most', () => {
    const places = createConnectionPlaces(3);
    places.take('probe', guest('probe'));
    for (const name of ['one', 'two', 'three', 'four']) places.take('flood', guest(name));
    expect(ended).to.deep.equal(['one', 'two']);
  });

  it('stay with a connection that waits for its answer, unless all wait', () => {
    const places = createConnectionPlaces(2);
    places.take(
      'a',
      guest('busy', () => true),
    );
    places.take('a', guest('idle'));
    places.take(
      'a',
      guest('busy too', () => true),
    );
    expect(ended).to.deep.equal(['idle']);
    places.take(
      'a',
      guest('one more', () => true),
    );
    expect(ended).to.deep.equal(['idle', 'busy']);
  });

  it('go to the newest connection, even if it has sent nothing and all others wait', () => {
    const places = createConnectionPlaces(2);
    for (const name of ['first', 'second'])
      places.take(
        'a',
        guest(name, () => true),
      );
    places.take('a', guest('probe'));
    expect(ended).to.deep.equal(['first']);
  });
});
