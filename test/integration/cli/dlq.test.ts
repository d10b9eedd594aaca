import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asMessageHeaders } from '../../../src/kafka/records/headers.ts';
import { testKafka } from '../../support/topics.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { runRunclose, type Ended } from '../../support/runclose-process.ts';
import { jsonLines, type Json } from '../../support/json-lines.ts';

describe('dlq', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let folder: string;
  const unknownSchema = Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), Buffer.from('body')]);

  const runclose = (...args: string[]): Promise<Ended> => runRunclose(['dlq', ...args], deployment.env);

  const objects = async (...args: string[]): Promise<Json[]> => {
    const { code, stdout, stderr } = await runclose(...args, '--json');
    expect(code, stderr).to.equal(0);
    return jsonLines(stdout);
  };

  const placeOfGarbage = async (): Promise<string> => {
    const [letter] = await objects('show', '--reason', 'WRONG_MAGIC_BYTE');
    return `${String(letter?.['partition'])}@${String(letter?.['offset'])}`;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(2);
    await deployment.serve();
    await deployment.publish({}, Buffer.from('garbage'), unknownSchema, unknownSchema);
    await deployment.settled();
  });
  after(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('list counts by reason, schema and producer', async () => {
    const buckets = await objects('list');
    expect(
      buckets.map(({ count, reason, schemaId, producer }) => [count, reason, schemaId, producer]),
    ).to.deep.equal([
      [2, 'UNKNOWN_SCHEMA_ID', 0x7fffffff, 'unknown'],
      [1, 'WRONG_MAGIC_BYTE', null, 'unknown'],
    ]);
    const { stdout, stderr } = await runclose('list');
    expect(stdout).to.match(/^ +2 +UNKNOWN_/m);
    expect(stderr).to.include('runclose dlq show ');
    expect(await objects('list', '--from', 'latest')).to.deep.equal([]);
  });

  it('show prints the reason, the place and the bytes of one dead letter', async () => {
    const [letter] = await objects('show', '--reason', 'WRONG_MAGIC_BYTE');
    expect(letter).to.deep.include({
      reason: 'WRONG_MAGIC_BYTE',
      key: 'C1',
      headers: {},
      value: Buffer.from('garbage').toString('base64'),
    });
    const at = `${String(letter?.['partition'])}@${String(letter?.['offset'])}`;
    const file = join(folder, 'letter');
    const { code, stdout, stderr } = await runclose('show', at, '--raw', file);
    expect(code).to.equal(0);
    expect(stderr).to.equal(`${file}: 7 bytes of ${deployment.names.deadLetters}/${at}\n`);
    expect(stdout).to.include('67 61 72 62 61 67 65').and.to.include('garbage');
    expect(await readFile(file, 'utf8')).to.equal('garbage');
  });

  it('show says when there are more than it shows', async () => {
    const reason = ['--reason', 'UNKNOWN_SCHEMA_ID'];
    expect(await objects('show', ...reason, '--limit', '1')).to.have.length(1);
    const { stderr } = await runclose('show', ...reason, '--limit', '1');
    expect(stderr).to.equal('There are more than 1: --limit shows more, and runclose dlq list counts all.\n');
    expect((await runclose('show', ...reason, '--limit', '2')).stderr).to.equal('');
  });

  it('show says why the bytes could not be written', async () => {
    const { code, stderr } = await runclose('show', await placeOfGarbage(), '--raw', folder);
    expect(code).to.equal(64);
    expect(stderr).to.include(`${folder} is a folder: name a file in it`);
  });

  it('show says if there is no dead letter', async () => {
    const { code, stderr } = await runclose('show', '0@999');
    expect(code).to.equal(64);
    expect(stderr).to.include('there is no dead letter at 0@999');
    expect((await runclose('show', '3-88')).code).to.equal(64);
    const other = await runclose('show', await placeOfGarbage(), '--reason', 'SKIPPED');
    expect(other.code).to.equal(64);
    expect(other.stderr).to.include('there is no dead letter with reason SKIPPED at ');
  });

  it('show prints no terminal escape from a dead letter, whatever its publisher wrote', async () => {
    const order = '\u001b]0;title\u0007\u001b[31m\u009b2J';
    const names = ['topic', 'partition', 'offset', 'exception.class.name', 'exception.message'];
    const producer = testKafka().producer();
    await producer.connect();
    const [sent] = await producer.send({
      topic: deployment.names.deadLetters,
      messages: [
        {
          key: order,
          value: order,
          partition: 1,
          headers: asMessageHeaders(
            [order, 'ce_source', ...names.map((name) => `__connect.errors.${name}`)].map(
              (name) => [name, Buffer.from(/partition|offset/.test(name) ? '1' : order)] as const,
            ),
          ),
        },
      ],
    });
    await producer.disconnect();
    for (const args of [['show', `1@${String(sent?.baseOffset)}`], ['list']]) {
      const { stdout, stderr } = await runclose(...args);
      expect(stdout).to.include('title');
      expect((stdout + stderr).replaceAll('\n', '')).to.not.match(/\p{Cc}/u);
    }
  });
});
