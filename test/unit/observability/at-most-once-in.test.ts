import { expect } from 'chai';
import { atMostOnceIn } from '../../../src/observability/at-most-once-in.ts';

describe('What is asked at most once in a time', () => {
  it('is asked again when its answer is old, and not before', async () => {
    let [now, asked] = [0, 0];
    const ask = atMostOnceIn(
      1_000,
      () => Promise.resolve((asked += 1)),
      () => now,
    );
    expect([await ask(), await ask()]).to.deep.equal([1, 1]);
    now = 999;
    expect(await ask()).to.equal(1);
    now = 1_000;
    expect(await ask()).to.equal(2);
  });

  it('is never asked twice at once, however long the answer takes', async () => {
    let [now, asked] = [0, 0];
    let answer: (value: string) => void = () => undefined;
    const ask = atMostOnceIn(
      1_000,
      () => {
        asked += 1;
        return new Promise<string>((resolve) => (answer = resolve));
      },
      () => now,
    );
    const first = ask();
    now = 60_000;
    const second = ask();
    answer('late');
    expect([await first, await second, asked]).to.deep.equal(['late', 'late', 1]);
  });

  it('has its failures kept as well', async () => {
    let [now, asked] = [0, 0];
    const ask = atMostOnceIn(
      1_000,
      () => Promise.reject(new Error(`failure ${String((asked += 1))}`)),
      () => now,
    );
    const messageOf = (): Promise<unknown> => ask().catch((error: unknown) => (error as Error).message);
    expect([await messageOf(), await messageOf()]).to.deep.equal(['failure 1', 'failure 1']);
    now = 1_000;
    expect(await messageOf()).to.equal('failure 2');
  });
});
