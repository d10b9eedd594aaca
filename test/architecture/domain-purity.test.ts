import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { root } from '../../scripts/stack/folders.ts';

/** The compiler's findings on a domain module with this text. */
const compile = (text: string): string[] => {
  const folder = join(root, 'src/domain');
  const file = join(folder, 'probe.ts');
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? text : readFile(name));
  host.getSourceFile = (name, target) =>
    name === file ? ts.createSourceFile(name, text, target) : getSourceFile.call(host, name, target);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
};

describe('The domain, to the compiler,', function () {
  this.timeout(60_000);

  it('may use the language', () => {
    expect(compile('export const sum = [1, 2].reduce((a, b) => a + b, 0);')).to.deep.equal([]);
  });

  for (const name of ['process', 'console', 'fetch', 'setTimeout', 'Buffer', 'window']) {
    it(`knows no ${name}`, () => {
      expect(compile(`export const probe = ${name};`).join()).to.include(`Cannot find name '${name}'`);
    });
  }

  it('knows no module of Node', () => {
    expect(compile("export { readFileSync } from 'node:fs';").join()).to.match(
      /Cannot find (module|name) 'node:fs'/,
    );
  });
});
