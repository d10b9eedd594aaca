import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { RunSummary } from 'runclose';
import { messageFor } from '../../../docs/examples/chat-notifier/messages.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { root } from '../../support/readme.ts';

const NASTY = '*<!channel>& @all';

describe('The example of a notifier', function () {
  this.timeout(240_000);

  let deployment: Deployment;
  let webhook: Server;
  let notifier: ChildProcess;
  const bodies: { text: string }[] = [];

  before(async () => {
    deployment = await createDeployment(1);
    webhook = createServer((request, response) => {
      void text(request).then((body) => {
        bodies.push(JSON.parse(body) as { text: string });
        response.writeHead(bodies.length === 1 ? 503 : 200).end();
      });
    }).listen(0, '127.0.0.1');
    await once(webhook, 'listening');
    await deployment.serve();
    const file = 'docs/examples/chat-notifier/notify.ts';
    const { port } = webhook.address() as AddressInfo;
    notifier = spawn(process.execPath, ['--import', 'tsx', file], {
      cwd: root,
      stdio: 'ignore',
      env: {
        ...process.env,
        ...deployment.env,
        WEBHOOK_URL: `http://127.0.0.1:${port}/hook`,
        NOTIFIER_GROUP_ID: `${deployment.groupId}-notifier`,
      },
    });
  });

  after(async () => {
    if (notifier.exitCode === null) {
      notifier.kill('SIGKILL');
      await once(notifier, 'exit');
    }
    webhook.closeAllConnections();
    webhook.close();
    await deployment.remove();
  });

  it('posts a summary that calls nobody but the runner, again after the webhook has failed', async () => {
    const order = { orderId: '1', userId: 'ada', displayName: NASTY, text: 'tea', submittedAt: 1 };
    const rest = { provenance: 'manual', confirmed: true, quantity: 1, canRun: true };
    await deployment.publish({ orders: [{ ...order, ...rest, slackUserId: 'U024BE7LR' }] });
    await until('the summary is posted twice', () => bodies.length === 2, 120_000);
    const [failed, posted] = bodies;
    expect(posted).to.deep.equal(failed);
    expect(posted?.text)
      .to.match(/^<@U024BE7LR>\n/)
      .and.include('*&lt;!channel&gt;&amp; @all goes');
    expect(posted?.text).not.to.include('<!');
    notifier.kill('SIGTERM');
    expect(await once(notifier, 'exit')).to.deep.equal([0, null]);
  });

  const runner = { userId: 'ada', displayName: NASTY, slackUserId: null };
  const summary = { runner, channelText: `${NASTY} goes\n1. tea` } as RunSummary;

  it('escapes for Teams, and mentions by id', () => {
    const told = JSON.stringify(messageFor('teams', summary, () => 'ada.example'));
    expect(told).to.include(
      JSON.stringify('\\*\\<\\!channel\\>\\& @\u200Ball goes\n\n1\\. tea').slice(1, -1),
    );
    expect(told).to.include('<at>*&lt;!channel&gt;&amp; @all</at>').and.include('"id":"ada.example"');
  });

  it('escapes for Markdown, and mentions nobody by an id that could be markup', () => {
    const escaped = '\\*\\<\\!channel\\>\\& @\u200Ball goes\n1\\. tea';
    expect(messageFor('markdown', summary, () => 'ada')).to.deep.equal({ text: `@ada\n${escaped}` });
    expect(messageFor('markdown', summary, () => 'x> <!here')).to.deep.equal({ text: escaped });
    expect(messageFor('markdown', summary)).to.deep.equal({ text: escaped });
  });
});
