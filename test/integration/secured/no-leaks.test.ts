import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ACCOUNTS, PASSWORDS } from '../../../scripts/stack/secured/secrets.ts';
import { runRunclose } from '../../support/runclose-process.ts';
import { findSecuredStack, type SecuredDeployment, type SecuredStack } from '../../support/secured-stack.ts';
import { followServe, startProcess } from '../../support/serve-process.ts';

/** Settings that hold a password, or name the file of one. */
const PASSWORD = /PASSWORD(_FILE)?$/;
const WRONG = 'Zq9Wrong';
const TOLD = { LOG_LEVEL: 'trace', STARTUP_TIMEOUT_SECONDS: '0' };

describe('On secured servers, no secret is in any output', function () {
  this.timeout(180_000);
  let stack: SecuredStack;
  let deployment: SecuredDeployment;
  const said = new Map<string, string>();

  const run = async (name: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
    const { code, stdout, stderr } = await runRunclose(args, { ...env, ...TOLD });
    said.set(name, `${stdout}${stderr}`);
    return code;
  };

  /** With this password instead of the right one. */
  const withWrong = (env: Readonly<Record<string, string>>, setting: string): Record<string, string> => {
    const { [setting]: _, ...rest } = env;
    return { ...rest, [setting.replace(/_FILE$/, '')]: WRONG };
  };

  before(async () => {
    stack = findSecuredStack();
    deployment = await stack.createDeployment();
  });
  after(() => deployment.remove());

  for (const login of ['by password', 'by certificate'] as const)
    it(`by commands that work, ${login}`, async () => {
      expect(await run(`setup ${login}`, ['setup'], deployment.envOf('owner', login))).to.equal(0);
      const env = { ...deployment.envOf('processor', login), LOG_LEVEL: 'trace' };
      const serving = await followServe(startProcess(['serve'], env)).ready;
      const response = await fetch(`http://127.0.0.1:${serving.httpPort}/metrics`);
      said.set(`metrics ${login}`, await response.text());
      serving.signal('SIGTERM');
      expect(await serving.exited).to.equal(0);
      said.set(`serve ${login}`, JSON.stringify(serving.log));
      for (const args of [['status'], ['config'], ['config', '--json'], ['doctor'], ['tail', '--until-end']])
        await run(`${args.join(' ')} ${login}`, args, deployment.envOf('operator', login));
    });

  it('by commands that are refused', async () => {
    const env = deployment.envOf('operator');
    const settings = Object.keys(env).filter((name) => PASSWORD.test(name));
    expect(settings).to.have.length(2);
    for (const setting of settings) {
      const code = await run(`tail, wrong ${setting}`, ['tail', '--until-end'], withWrong(env, setting));
      expect(code, setting).to.not.equal(0);
    }
    const { DATABASE_URL: url = '' } = env;
    const wrong = { ...env, DATABASE_URL: url.replace(/\/\/[^@]*@/, `//operator:${WRONG}@`) };
    expect(await run('status, wrong DATABASE_URL', ['status'], wrong)).to.not.equal(0);
  });

  it('in the collected output', () => {
    const { secrets } = stack;
    const hidden = [
      WRONG,
      ...ACCOUNTS.flatMap((account) => [
        ...PASSWORDS.map((purpose) => secrets.password(account, purpose)),
        // The second line of a key is random.
        readFileSync(secrets.keyFile(account), 'utf8').split('\n')[1] ?? WRONG,
      ]),
    ];
    expect(said.size).to.be.above(12);
    for (const [name, text] of said)
      for (const secret of hidden) expect(text.includes(secret), name).to.equal(false);
  });
});
