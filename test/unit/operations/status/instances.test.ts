import { expect } from 'chai';
import type { GroupMember } from '../../../../src/kafka/consume/group.ts';
import { instancesOf } from '../../../../src/operations/status/instances.ts';

const NOW = Date.UTC(2026, 2, 2, 8, 15);
const CLOSED = { kafka: 'closed', postgres: 'closed', registry: 'closed' } as const;

const member = (
  clientId: string,
  partitions: readonly number[],
  facts: Partial<NonNullable<GroupMember['facts']>> | null = {},
): GroupMember => ({
  clientId,
  host: '10.0.0.7',
  partitions,
  topics: [],
  facts: facts && { instance: 'one', version: '1.2.3', startedAt: NOW - 61_500, httpPort: 8080, ...facts },
});

describe('The instances of a group', () => {
  it('are the processes behind its members, with version, uptime, partitions and breakers', async () => {
    const asked: string[] = [];
    const instances = await instancesOf(
      [
        member('runclose-2', [3, 1]),
        member('runclose-1', [2, 0]),
        member('runclose', [], { instance: 'two', httpPort: 8081 }),
      ],
      {
        now: NOW,
        ask: (host, port) => {
          asked.push(`${host}:${String(port)}`);
          const answer = { instance: 'one', breakers: { ...CLOSED, postgres: 'open' } };
          return port === 8080 ? Promise.resolve(answer) : Promise.reject(new Error('ECONNREFUSED'));
        },
      },
    );
    const known = { version: '1.2.3', startedAt: '2026-03-02T08:13:58.500Z', uptimeSeconds: 61 };
    expect(instances).to.deep.equal([
      {
        ...{ clientId: 'runclose', host: '10.0.0.7', instance: 'two', ...known },
        ...{ workers: 1, partitions: [], breakers: null },
      },
      {
        ...{ clientId: 'runclose-1', host: '10.0.0.7', instance: 'one', ...known },
        ...{ workers: 2, partitions: [0, 1, 2, 3], breakers: { ...CLOSED, postgres: 'open' } },
      },
    ]);
    expect(asked).to.have.members(['10.0.0.7:8080', '10.0.0.7:8081']);
  });

  it('are shown without what a member does not say', async () => {
    const [instance] = await instancesOf([member('java', [0], null)], { now: NOW });
    expect(instance).to.deep.equal({
      ...{ clientId: 'java', host: '10.0.0.7', instance: null, version: null, startedAt: null },
      ...{ uptimeSeconds: null, workers: 1, partitions: [0], breakers: null },
    });
  });

  it('have no negative uptime if their clock is ahead', async () => {
    const [instance] = await instancesOf([member('runclose', [], { startedAt: NOW + 3_600_000 })], {
      now: NOW,
      ask: () => Promise.reject(new Error('none')),
    });
    expect(instance?.uptimeSeconds).to.equal(0);
  });

  const answers: readonly (readonly [string, unknown])[] = [
    ['another process', { instance: 'other', breakers: CLOSED }],
    ['a process that waits for its servers', { instance: 'one', breakers: null }],
    ['something else', 'hello'],
    ['nothing', null],
    ['a state that nobody knows', { instance: 'one', breakers: { ...CLOSED, kafka: 'melted' } }],
  ];
  for (const [what, answer] of answers)
    it(`have no known breakers if ${what} answers at their address`, async () => {
      const ask = (): Promise<unknown> => Promise.resolve(answer);
      const [instance] = await instancesOf([member('runclose', [])], { now: NOW, ask });
      expect(instance?.breakers).to.equal(null);
    });
});
