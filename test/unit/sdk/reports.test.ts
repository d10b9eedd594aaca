import { expect } from 'chai';
import { Failure } from '../../../src/processor/failure.ts';
import { createReports, type Retry } from '../../../src/sdk/reports.ts';

const failure = new Failure('transient', 'HANDLER_FAILED', 'handling run.closed at run.closed/2@4: no');
const waiting = { topic: 'run.closed', partition: 2, offset: 4 };

describe('What a subscriber reports', () => {
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
  });
  const reports = (listeners: { onRetry?: (retry: Retry) => void } = {}) =>
    createReports({
      logger: { warn: (_, message) => warnings.push(message) },
      groupId: 'notifier',
      onRetry: listeners.onRetry,
      onGap: undefined,
    });

  it('goes to the log if nobody listens, less often the longer it takes', () => {
    const { retry } = reports();
    for (let attempt = 1; attempt <= 10; attempt++) retry({ failure, attempt, waiting });
    expect(warnings).to.deep.equal(
      [1, 2, 4, 8].map(
        (attempt) =>
          `handling run.closed at run.closed/2@4: no (attempt ${attempt}; run.closed/2 waits, the others continue)`,
      ),
    );
  });

  it('goes to the listener alone, each time', () => {
    const heard: number[] = [];
    const { retry } = reports({ onRetry: ({ attempt }) => void heard.push(attempt) });
    for (let attempt = 1; attempt <= 3; attempt++) retry({ failure, attempt, waiting: null });
    expect(heard).to.deep.equal([1, 2, 3]);
    expect(warnings).to.be.empty;
  });

  it('survives a listener that throws', () => {
    const { retry } = reports({
      onRetry: () => {
        throw new Error('a bug of somebody');
      },
    });
    retry({ failure, attempt: 1, waiting });
    expect(warnings).to.deep.equal(['onRetry threw an error: Error: a bug of somebody']);
  });

  it('distinguishes deleted events from a topic that was created again', async () => {
    const { gap } = reports();
    await gap({ topic: 'run.closed', partition: 2, reached: 4, continuesAt: 9 });
    await gap({ topic: 'run.closed', partition: 2, reached: 4, continuesAt: 0 });
    expect(warnings).to.deep.equal([
      'group notifier had reached offset 4 of run.closed/2, but the log begins at 9: Kafka has deleted 5 offsets that the group never handled. The subscriber continues at 9',
      'group notifier had reached offset 4 of run.closed/2, but the log ends before it: the topic was deleted and created again, or was cut. The subscriber continues at 0',
    ]);
  });

  it('names handlers that do not answer, less often the longer they take', () => {
    const { running } = reports();
    for (let minute = 0; minute <= 5; minute++)
      running([{ what: 'run.closed at run.closed/2@4', since: performance.now() - (minute + 0.5) * 60_000 }]);
    expect(warnings).to.deep.equal(
      ['1 minute', '2 minutes', '4 minutes'].map(
        (time) =>
          `the handler of run.closed at run.closed/2@4 has been running for ${time}: its partition waits, the others continue`,
      ),
    );
  });
});
