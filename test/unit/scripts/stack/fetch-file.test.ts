import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fetchFile } from '../../../../scripts/stack/fetch-file.ts';

describe('A file that is fetched', () => {
  let folder: string;
  let server: Server;
  let answers: number[];
  let url: string;
  const CONTENT = Buffer.from('the artifact');
  const sha256 = createHash('sha256').update(CONTENT).digest('hex');

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runclose-test-'));
    answers = [];
    server = createServer((_request, response) => {
      response.writeHead(answers.shift() ?? 200, { connection: 'close' }).end(CONTENT);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/a/b.jar?token=secret`;
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const fetched = async (expected = sha256): Promise<{ error: string; bytes: number }> => {
    let bytes = 0;
    const deps = { signal: new AbortController().signal, onBytes: (more: number) => (bytes += more) };
    const error = await fetchFile({ url, sha256: expected, to: join(folder, 'in', 'b.jar') }, deps).then(
      () => '',
      (thrown: unknown) => String(thrown),
    );
    return { error, bytes };
  };

  it('is there as a whole, and counted', async () => {
    expect(await fetched()).to.deep.equal({ error: '', bytes: CONTENT.length });
    expect(readFileSync(join(folder, 'in', 'b.jar'))).to.deep.equal(CONTENT);
  });

  it('is asked for again when the server has a hiccup', async () => {
    answers = [503];
    expect(await fetched()).to.deep.equal({ error: '', bytes: CONTENT.length });
  });

  it('is refused, with nothing left behind, if it is another one', async () => {
    const { error, bytes } = await fetched('0'.repeat(64));
    expect(error)
      .to.include(`its SHA-256 is ${sha256} instead of ${'0'.repeat(64)}`)
      .and.not.to.include('secret');
    expect(bytes).to.equal(0);
    expect(readdirSync(join(folder, 'in'))).to.deep.equal([]);
  });

  it('is not asked for again if the server does not have it', async () => {
    answers = [404, 200];
    expect((await fetched()).error).to.match(/fetching http:\S+\/a\/b\.jar: the server answers 404$/);
  });
});
