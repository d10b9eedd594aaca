import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { type Link, openLink } from '../../../../scripts/chaos/world/link.ts';
import { until } from '../../../support/condition.ts';

describe('A link to a server', () => {
  let link: Link;
  const sockets: Socket[] = [];
  const heard = { client: '', server: '' };
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      heard.server += data.toString();
      socket.write('answer ');
    });
  });

  const join = (): Socket => {
    const client = connect(link.port, '127.0.0.1');
    client.on('error', () => undefined);
    client.on('data', (data: Buffer) => (heard.client += data.toString()));
    sockets.push(client);
    return client;
  };

  beforeEach(async () => {
    heard.client = heard.server = '';
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    link = await openLink();
    link.leadTo((server.address() as AddressInfo).port);
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await link.close();
    server.close();
    await once(server, 'close');
  });

  it('carries bytes both ways', async () => {
    join().write('ask ');
    await until('the answer is there', () => heard.client === 'answer ');
    expect(heard.server).to.equal('ask ');
  });

  it('holds everything back while it is cut, and delivers it when it is mended', async () => {
    const client = join();
    client.write('one ');
    await until('the first answer is there', () => heard.client === 'answer ');
    link.cut('both ways');
    client.write('two ');
    const newcomer = join();
    newcomer.write('three ');
    await once(newcomer, 'connect');
    expect(heard.server).to.equal('one ');
    link.mend();
    await until('both are through', () => heard.server.includes('two ') && heard.server.includes('three '));
    await until('all answers are there', () => heard.client === 'answer answer answer ');
  });

  it('may be cut in one direction: the server hears, and its answer does not arrive', async () => {
    const client = join();
    client.write('one ');
    await until('the first answer is there', () => heard.client === 'answer ');
    link.cut('from the server');
    client.write('two ');
    await until('the server has heard', () => heard.server === 'one two ');
    expect(heard.client).to.equal('answer ');
    link.mend();
    await until('the answer is there', () => heard.client === 'answer answer ');
  });

  it('keeps an end of one side from the other until it is mended', async () => {
    const client = join();
    client.write('one ');
    await until('the first answer is there', () => heard.client === 'answer ');
    link.cut('both ways');
    const [serverSide] = sockets.filter((socket) => socket !== client);
    serverSide?.destroy();
    await until('the server side is gone', () => serverSide?.closed === true);
    expect(client.closed).to.equal(false);
    link.mend();
    await until('the client hears of it', () => client.closed);
  });

  it('may close connections in the middle of their beginning, until it is mended', async () => {
    const old = join();
    old.write('one ');
    await until('the first answer is there', () => heard.client === 'answer ');
    link.breakOff('server', 2);
    await until('the old connection is closed', () => old.closed);
    const client = join();
    client.write('two ');
    await until('the answer is there', () => heard.client === 'answer answer ');
    expect(link.brokenOff()).to.equal(0);
    client.write('three ');
    await until('the new one is closed', () => client.closed);
    expect(heard.server).to.equal('one two three ');

    link.breakOff('client', 1);
    const other = join();
    other.write('never ');
    await until('the next one is closed', () => other.closed);
    expect(link.brokenOff()).to.equal(1);
    link.mend();
    join().write('four ');
    await until('all answers but one are there', () => heard.client === 'answer answer answer ');
    expect(heard.server).to.equal('one two three four ');
  });
});
