import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { expect } from 'chai';
import { publint } from 'publint';
import { root } from '../../../scripts/stack/folders.ts';
import { createClientProject, type ClientProject } from '../../support/client-project.ts';

const tool = (path: string): string => join(root, 'node_modules', path);

const PUBLISHES = `
const publisher = createRunClosePublisher({
  kafka: { brokers: ['127.0.0.1:1'], clientId: 'c' },
  registry: { url: 'http://127.0.0.1:1' },
});
publisher.publish({ runId: 'r', channelId: 'C', initiatorUserId: 'U', actorUserId: 'U', orders: [] }).then(
  () => console.log('published'),
  (error) => console.log(error instanceof PublishFailure, error.code),
);
`;
const ENCODES = `
const command = completeCommand({ runId: 'r', channelId: 'C', initiatorUserId: 'U', actorUserId: 'U', orders: [] });
createEncoder('run.close.requested', { schemaId: 7 })(command).then(
  (value) => createDecoder('run.close.requested', () => SCHEMAS['run.close.requested'])(value),
).then(({ kind, value }) => console.log(kind, value.runId, partitionOf(value.channelId, 6)));
`;
const SAYS = { publishes: 'true REGISTRY_UNAVAILABLE\n', encodes: 'value r 4\n' };
const MAIN = '{ createRunClosePublisher, PublishFailure }';
const RECORDS = '{ completeCommand, createDecoder, createEncoder, partitionOf, SCHEMAS }';

const TYPED = `
import { createRunClosePublisher, createRunEventsSubscriber, PublishFailure } from '@runclose/client';
import type { CloseResult, CommandInput } from '@runclose/client';
import { completeCommand, createDecoder, createEncoder, SCHEMAS } from '@runclose/client/records';
import type { RunClosed, SchemaLookup } from '@runclose/client/records';

const servers = { kafka: { brokers: ['127.0.0.1:1'], clientId: 'c' }, registry: { url: 'http://127.0.0.1:1' } };
const submittedAt = new Date();
const command: CommandInput = {
  runId: 'r', channelId: 'C', initiatorUserId: 'U', actorUserId: 'U', requestedAt: '2026-10-06T08:05:00Z', pickupTime: 0,
  orders: [{ orderId: '1', userId: 'U', displayName: 'U', text: 'tea', submittedAt }],
};
// @ts-expect-error: an optional field is left out, not undefined
const faulty: CommandInput = { ...command, pickupNote: undefined };
const reasons: Record<string, string> = { LOWEST: 'most due', TIE_LOT: 'by lot' };
const reasonOf = (event: RunClosed): string => reasons[event.fairness.reason] ?? event.fairness.explanation;
const said = (result: CloseResult): string => (result.outcome === 'closed' ? reasonOf(result.event) : result.outcome);
const lookup: SchemaLookup = async (id) => (id === 7 ? SCHEMAS['run.closed'] : null);

export const work = async (): Promise<void> => {
  const publisher = createRunClosePublisher(servers);
  try {
    console.log(said(await publisher.closeAndWait(command)));
  } catch (error) {
    if (error instanceof PublishFailure) console.log(error.commands.length);
  }
  await publisher.close();
  await createRunEventsSubscriber({
    ...servers,
    groupId: 'g',
    handlers: { 'run.closed': ({ event }) => console.log(event.sequence.toFixed()) },
    onUndecodable: ({ poison }) => console.log(poison.code),
  }).run();
  const value: Buffer = await createEncoder('run.close.requested', { schemaId: 7 })(completeCommand(command));
  const read = await createDecoder('run.closed', lookup)(value);
  console.log(read.kind === 'value' ? reasonOf(read.value) : read.poison.message, faulty);
};
`;

describe('The package @runclose/client', function () {
  this.timeout(120_000);
  let project: ClientProject;

  before(async () => {
    project = await createClientProject();
  });
  after(() => {
    project.remove();
  });

  it('brings at most 15 packages, 10 MB and nothing of the processor', () => {
    const { dependencies = {}, publishConfig } = project.manifest;
    expect(Object.keys(dependencies)).to.deep.equal(['avsc', 'fzstd', 'kafkajs', 'lz4-napi', 'snappy']);
    expect(project.packages).to.have.length.within(6, 15);
    expect(project.bytes).to.be.within(1_000_000, 10_000_000);
    expect(publishConfig).to.deep.equal({ access: 'public', provenance: true });
  });

  it('holds modules, declarations and schemas, and no leftovers of a build', () => {
    const listed = execFileSync('tar', ['-tzf', project.tarball], { encoding: 'utf8' }).trim().split('\n');
    const expected =
      /^package\/(LICENSE|README\.md|package\.json|dist\/commonjs\/package\.json|schemas\/([^/]+\.avsc|asyncapi\.yaml)|dist\/.+(\.js|\.d\.ts))$/;
    expect(listed.filter((file) => !expected.test(file))).to.deep.equal([]);
    expect(listed.filter((file) => file.endsWith('.avsc'))).to.have.length(4);
    expect(
      listed.filter((file) => /dist\/(cli|operations|postgres|config|observability)\//.test(file)),
    ).to.deep.equal([]);
  });

  it('has exports that publint and "are the types wrong" accept', async () => {
    const data = readFileSync(project.tarball);
    const types = await checkPackage(createPackageFromTarballData(data));
    if (types.types === false) return expect.fail('the package has no types');
    expect(Object.keys(types.entrypoints)).to.include.members(['.', './records']);
    expect(types.problems).to.deep.equal([]);
    const { messages } = await publint({ pack: { tarball: new Uint8Array(data).buffer }, strict: true });
    expect(messages).to.deep.equal([]);
  });

  it('compiles in a strict project, as an ES module and as CommonJS, with its README', async () => {
    const readme = readFileSync(join(root, 'scripts/client/README.md'), 'utf8');
    const box = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? expect.fail('the README has no box');
    project.write('typed.mts', TYPED);
    project.write('typed.cts', TYPED);
    project.write('readme.mts', box);
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const target = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable'];
    const files = ['typed.mts', 'typed.cts', 'readme.mts'];
    await project.node(tool('typescript/bin/tsc'), ...options, ...target, '--types', 'node', ...files);
  });

  it('is loaded by import and by require', async () => {
    project.write('publishes.mjs', `import ${MAIN} from '@runclose/client';${PUBLISHES}`);
    project.write('publishes.cjs', `const ${MAIN} = require('@runclose/client');${PUBLISHES}`);
    project.write('encodes.mjs', `import ${RECORDS} from '@runclose/client/records';${ENCODES}`);
    project.write('encodes.cjs', `const ${RECORDS} = require('@runclose/client/records');${ENCODES}`);
    project.write(
      'schema.cjs',
      `require.resolve('@runclose/client/schemas/asyncapi.yaml');
       console.log(JSON.parse(require('node:fs').readFileSync(require.resolve('@runclose/client/schemas/run.closed-value.avsc'))).name)`,
    );
    expect(await project.node('publishes.mjs')).to.equal(SAYS.publishes);
    expect(await project.node('publishes.cjs')).to.equal(SAYS.publishes);
    expect(await project.node('encodes.mjs')).to.equal(SAYS.encodes);
    expect(await project.node('encodes.cjs')).to.equal(SAYS.encodes);
    expect(await project.node('schema.cjs')).to.equal('RunClosed\n');
  });

  it('gives `import` and `require` in one program the same classes', async () => {
    const both = `import { createRequire } from 'node:module'; import { Failure } from '@runclose/client';
      console.log(createRequire(import.meta.url)('@runclose/client').Failure === Failure);`;
    project.write('both.mjs', both);
    expect(await project.node('both.mjs')).to.equal('true\n');
  });

  // The packages in CommonJS that an ES module takes in ask for Node's modules by `require`.
  const banner = `import { createRequire as requiring } from 'node:module'; const require = requiring(import.meta.url);`;
  for (const [format, extension, ...more] of [
    ['cjs', 'cjs'],
    ['esm', 'mjs', `--banner:js=${banner}`],
  ] as const) {
    it(`may be part of a bundle: ${format}`, async () => {
      project.write('publishes.mjs', `import ${MAIN} from '@runclose/client';${PUBLISHES}`);
      project.write('encodes.mjs', `import ${RECORDS} from '@runclose/client/records';${ENCODES}`);
      for (const name of ['publishes', 'encodes'] as const) {
        const bundle = `bundle-${name}.${extension}`;
        const bundling = [
          `${name}.mjs`,
          '--bundle',
          '--platform=node',
          `--format=${format}`,
          `--outfile=${bundle}`,
        ];
        execFileSync(tool('.bin/esbuild'), [...bundling, '--log-level=warning', ...more], {
          cwd: project.folder,
        });
        expect(await project.node(bundle)).to.equal(SAYS[name]);
        const mentions = readFileSync(join(project.folder, bundle), 'utf8').includes('kafkajs');
        expect(mentions, `${bundle} knows kafkajs`).to.equal(name === 'publishes');
      }
    });
  }
});
