import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { chooseFreePorts, choosePorts, isFree } from '../../../scripts/stack/ports.ts';

describe('The ports of the stack', () => {
  const open: Server[] = [];

  const listen = (port: number, host = '127.0.0.1'): Promise<number> =>
    new Promise((resolve, reject) => {
      const server = createServer().once('error', reject);
      open.push(server);
      server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
    });

  /** A port that was free a moment ago, and that the system gives to no outgoing connection. */
  const freePort = async (): Promise<number> => {
    const [port] = await chooseFreePorts(1);
    if (port === undefined) throw new Error('there is no free port');
    return port;
  };

  const closeAll = async (): Promise<void> => {
    await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  };

  afterEach(closeAll);

  it('are the usual ones when they are free', async () => {
    const port = await freePort();
    expect(await choosePorts([port], undefined)).to.deep.equal([port]);
  });

  it('are the next free ones together when one of the usual is taken', async () => {
    const port = await freePort();
    await listen(port + 1);
    const [first, second] = await choosePorts([port, port + 1], undefined);
    expect(first - port).to.be.greaterThan(0);
    expect((first - port) % 100).to.equal(0);
    expect(second).to.equal(first + 1);
  });

  it('are the ports of last time if they are free', async () => {
    const [usual, previous] = [await freePort(), await freePort()];
    expect(await choosePorts([usual], [previous])).to.deep.equal([previous]);
    await listen(previous);
    expect(await choosePorts([usual], [previous])).not.to.deep.equal([previous]);
  });

  it('are taken as well when somebody listens on all addresses', async () => {
    expect(await isFree(await listen(0, '0.0.0.0'))).to.equal(false);
  });
});
