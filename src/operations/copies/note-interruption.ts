import type { Work } from '../work.ts';

/** If the work is interrupted, says at the end how much was sent, such as `3 events`, and how to resume. */
export const noteInterruptedCopies = (
  { interrupted, note, onClose }: Pick<Work, 'interrupted' | 'note' | 'onClose'>,
  sent: () => string,
): void => {
  onClose(() => {
    if (interrupted.aborted)
      note(`Interrupted: this run has sent ${sent()}. To resume, run the same command again.`);
  });
};
