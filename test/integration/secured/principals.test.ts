import { expect } from 'chai';
import { runRunclose } from '../../support/runclose-process.ts';
import { findSecuredStack, type SecuredDeployment } from '../../support/secured-stack.ts';
import { followServe, type Serving, startProcess } from '../../support/serve-process.ts';

describe('On secured servers', function () {
  this.timeout(180_000);
  let deployment: SecuredDeployment;

  before(async () => {
    deployment = await findSecuredStack().createDeployment();
  });

  after(() => deployment.remove());

  for (const login of ['by password', 'by certificate'] as const) {
    it(`the owner sets up, and the processor serves, ${login}`, async () => {
      const setup = await runRunclose(['setup'], deployment.envOf('owner', login));
      expect(setup.code, setup.stderr).to.equal(0);
      const serving: Serving = await followServe(
        startProcess(['serve'], deployment.envOf('processor', login)),
      ).ready;
      serving.signal('SIGTERM');
      expect(await serving.exited).to.equal(0);
    });
  }
});
