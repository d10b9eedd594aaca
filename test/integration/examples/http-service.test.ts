import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createRunClosePublisher, type CloseResult, type RunClosePublisher } from 'runclose';
import { createService } from '../../../docs/examples/http-service/service.ts';
import { aCommand } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';

describe('The example of an HTTP service', function () {
  this.timeout(240_000);

  let deployment: Deployment;
  let publisher: RunClosePublisher;
  let service: Server;
  /** The waits of the service that ended, in order: an outcome, or a code. */
  const ended: string[] = [];
  const waiting = { timeout: 1_000 };
  let isAsked = false;

  before(async () => {
    deployment = await createDeployment(1);
    publisher = createRunClosePublisher({
      kafka: { brokers: deployment.brokers, clientId: 'http-service' },
      registry: { url: deployment.env['SCHEMA_REGISTRY_URL'] ?? '' },
      topicPrefix: deployment.env['TOPIC_PREFIX'] ?? '',
      processorGroupId: deployment.groupId,
    });
    const closeAndWait: RunClosePublisher['closeAndWait'] = async (command, options) => {
      isAsked = true;
      const note = (result: CloseResult) => void ended.push(result.outcome);
      const closing = publisher.closeAndWait(command, { ...options, ...waiting });
      void closing.then(note, (error: unknown) => ended.push((error as { code: string }).code));
      return closing;
    };
    service = createService({ publisher: { closeAndWait }, timeout: 1_000 }).listen(0, '127.0.0.1');
    await once(service, 'listening');
  });

  after(async () => {
    service.closeAllConnections();
    service.close();
    await publisher.close();
    await deployment.remove();
  });

  const { commandId: _, ...run } = aCommand({ runId: 'friday', channelId: 'office' });

  const post = (body: unknown, key = 'close-friday', signal?: AbortSignal): Promise<Response> =>
    fetch(`http://127.0.0.1:${(service.address() as AddressInfo).port}/runs`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: signal ?? null,
    });

  it('says what is wrong with a request, and publishes nothing', async () => {
    const notJson = await post('{');
    expect([notJson.status, await notJson.json()]).to.deep.equal([400, { error: 'the body is not JSON' }]);
    const wrong = await post({ ...run, orders: 'none' });
    expect(wrong.status).to.equal(400);
    expect(await wrong.text()).to.include('orders');
    ended.length = 0;
  });

  it('answers 202 while nobody serves, ends the wait of a client that is gone, and has the answer later', async () => {
    const late = await post(run);
    expect([late.status, late.headers.get('retry-after')]).to.deep.equal([202, '5']);
    expect(await late.text()).to.match(/publish it again/i);

    waiting.timeout = 200_000;
    isAsked = false;
    const client = new AbortController();
    const gone = post(run, 'close-friday', client.signal).catch((error: unknown) => (error as Error).name);
    await until('the service waits', () => isAsked);
    client.abort();
    expect(await gone).to.equal('AbortError');
    await until('the wait has ended', () => ended.length === 2, 60_000);
    expect(ended).to.deep.equal(['timeout', 'WAIT_ABORTED']);

    await deployment.serve();
    const first = await post(run);
    expect(first.status).to.equal(200);
    const answer = await first.text();
    expect(answer).to.match(/^\{"runner":"\w+","why":".+"\}$/);
    const again = await post(run);
    expect([again.status, await again.text()]).to.deep.equal([200, answer]);

    const other = await post(run, 'another-key');
    expect(other.status).to.equal(409);
    expect(await other.json()).to.have.property('reason', 'RUN_ALREADY_CLOSED');
  });
});
