import { expect } from 'chai';
import type { Deployment, Serving } from './deployment.ts';

type Shown = { readonly code: string; readonly message: string };

/** The alarms that `status` shows, for every partition. */
export const shownAlarms = async (deployment: Pick<Deployment, 'runclose'>): Promise<readonly Shown[]> => {
  const { code, stdout, stderr } = await deployment.runclose('status', '--json');
  expect(code, stderr).to.equal(0);
  return stdout
    .trim()
    .split('\n')
    .flatMap((line) => (JSON.parse(line) as { alarms: Shown[] }).alarms);
};

/** Checks that `status` shows the message that `serve` has logged last with this code, in the same words. */
export const expectShown = async (
  deployment: Pick<Deployment, 'runclose'>,
  serving: Pick<Serving, 'log'>,
  code: string,
): Promise<void> => {
  const logged = serving.log.findLast((entry) => entry['code'] === code);
  expect(await shownAlarms(deployment)).to.deep.include({ code, message: logged?.['msg'] });
};
