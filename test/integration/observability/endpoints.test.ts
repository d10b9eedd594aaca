import { expect } from 'chai';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { type Endpoints, openEndpoints } from '../../../src/operations/serve/endpoints.ts';
import type { InstanceStatus, MemberStatus } from '../../../src/operations/serve/instance-status.ts';
import type { Member } from '../../../src/operations/serve/member.ts';
import { createServing } from '../../../src/operations/serve/serving.ts';

const A_MEMBER: MemberStatus = {
  state: 'member',
  breakers: { kafka: 'closed', postgres: 'closed', registry: 'closed' },
  partitions: [],
};

describe('The HTTP endpoints of serve', () => {
  let endpoints: Endpoints;
  beforeEach(async () => {
    endpoints = await openEndpoints(
      {
        http: { host: '127.0.0.1', port: 0 },
        kafka: { groupId: 'runclose' },
        topics: { prefix: 'team.' },
      },
      'the-instance',
    );
  });
  afterEach(() => endpoints.close());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${String(endpoints.port)}${path}`, { headers });

  const aMember = (changes: Partial<Member> = {}): Member => {
    const metrics = createMetrics();
    metrics.set('runclose_ready', {}, 1);
    const health = () => Promise.resolve({ status: 'ok' as const, checks: [] });
    return {
      join: () => Promise.resolve(),
      leave: () => Promise.resolve(true),
      live: health,
      ready: health,
      metrics: () => metrics.values(),
      status: () => Promise.resolve(A_MEMBER),
      close: () => Promise.resolve(),
      ...changes,
    };
  };

  it('answer while serve waits for its servers: alive, not ready, and with metrics', async () => {
    expect((await get('/health/live')).status).to.equal(200);
    const ready = await get('/health/ready');
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.contain('starting');
    const scrape = await get('/metrics');
    expect(scrape.status).to.equal(200);
    expect(await scrape.text())
      .to.match(/^runclose_ready 0$/m)
      .and.match(/^runclose_build_info\{version="[^"]+",node="[^"]+"\} 1$/m)
      .and.match(/^runclose_commands_total\{outcome="dead_letter",reason="UNDECODABLE"\} 0$/m);
  });

  it('tell in /status which process this is, before the servers answer', async () => {
    const answer = await get('/status');
    expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([200, 'application/json']);
    const { startedAt, uptimeSeconds, ...status } = (await answer.json()) as InstanceStatus;
    expect(status).to.deep.equal({
      groupId: 'runclose',
      topic: 'team.run.close.requested',
      instance: endpoints.facts.instance,
      version: endpoints.facts.version,
      state: 'starting',
      workers: [],
      breakers: null,
      partitions: [],
    });
    expect(Date.parse(startedAt)).to.equal(endpoints.facts.startedAt);
    expect(uptimeSeconds).to.be.at.least(0);
  });

  it('tell in /status that the process drains, until every member has left', async () => {
    let leave: (drained: boolean) => void = () => undefined;
    let state: 'member' | 'draining' = 'member';
    const member = aMember({
      status: () => Promise.resolve({ ...A_MEMBER, state }),
      leave: () => {
        state = 'draining';
        return new Promise((resolve) => (leave = resolve));
      },
    });
    const serving = createServing({ endpoints, members: [member] });
    const stopping = serving.stop();
    expect(await (await get('/status')).json()).to.include({ state: 'draining' });
    leave(true);
    await stopping;
  });

  it('answer while serve drains, until every member has left', async () => {
    let leave: (drained: boolean) => void = () => undefined;
    const member = aMember({ leave: () => new Promise((resolve) => (leave = resolve)) });
    const serving = createServing({ endpoints, members: [member] });
    await serving.join();
    const stopping = serving.stop();
    expect(await (await get('/metrics')).text()).to.match(/^runclose_ready 1$/m);
    leave(true);
    expect(await stopping).to.equal(true);
    const refused: unknown = await get('/metrics').catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);
  });

  const PROMETHEUS =
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
    'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
  for (const [accept, type] of [
    [PROMETHEUS, 'application/openmetrics-text'],
    ['application/openmetrics-text', 'application/openmetrics-text'],
    ['text/plain, application/openmetrics-text;q=0.5', 'text/plain'],
    ['application/openmetrics-text;q=0', 'text/plain'],
    ['*/*', 'text/plain'],
  ] as const) {
    it(`answer ${type} to a client that accepts ${accept.slice(0, 60)}`, async () => {
      const response = await get('/metrics', { accept });
      expect(response.headers.get('content-type')).to.match(new RegExp(`^${type};`));
      const text = await response.text();
      expect(text.endsWith('# EOF\n')).to.equal(type !== 'text/plain');
    });
  }
});
