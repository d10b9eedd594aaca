import { closeSync, openSync } from 'node:fs';
import { expect } from 'chai';
import { createLogger, logTo } from '../../../src/observability/logging.ts';

describe('A log on a full disk', () => {
  it('does not end the process: each line that is not written is reported', () => {
    // Any descriptor will do, though only 1 and 2 are for logs.
    const full = openSync('/dev/full', 'w') as 1;
    const warnings: string[] = [];
    const logger = createLogger({
      level: 'info',
      bindings: {},
      destination: logTo({ fd: full, onUnwritten: ({ message }) => warnings.push(message) }),
    });
    for (const line of ['one', 'two', 'three']) logger.info(line);
    expect(warnings.length).to.be.at.least(3);
    expect(warnings[0]).to.include('ENOSPC');
    closeSync(full);
  });
});
