import { findNewTopics, type Adoption } from '../operations/recover/adopt-topics.ts';
import { offsetsText } from '../wire/position.ts';
import type { PartitionLease } from '../postgres/lease/leases.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import type { LineOf } from './json/lines.ts';

const WORDS: Readonly<Record<Adoption, (decidedBefore: number | null, done: boolean) => string>> = {
  input: (decidedBefore, done) =>
    `the positions in the former topic, up to ${String(decidedBefore ?? 0)}, ${done ? 'were' : 'would be'} set aside`,
  outputs: (_, done) => `the new outputs ${done ? 'were' : 'would be'} adopted`,
};

const NOTES: Readonly<Record<Adoption, string>> = {
  input:
    'The processors decide the new topic from its first record. They know a command that was decided before by its id, and emit nothing for it.',
  outputs:
    'Nothing that was emitted before is emitted again. The events of the deleted topics are gone, except for those in a file of ' +
    '`runclose replay export --with-events`: `runclose replay emit --file` writes them again.',
};

export const adoptTopics = (cli: Cli): void => {
  cli
    .command('adopt-topics', 'Continue on topics that were deleted and created again', [
      'runclose adopt-topics',
      'runclose adopt-topics --yes',
    ])
    .option('--yes', 'adopt them (default: only show what would be done)')
    .action(
      cli.perform(async (context, { yes = false }: { readonly yes?: boolean }) => {
        const { output } = context;
        const { topic, inputId, leases, adopts, adopt } = await findNewTopics(context);
        if (adopts === null) {
          output.note(
            `${topic} and its outputs are the topics that Postgres knows: there is nothing to adopt.`,
          );
          return;
        }
        if (yes) await adopt();
        for (const { partition, nextOffset, emittedThrough } of leases) {
          const positions = { decidedBefore: nextOffset, emittedBefore: emittedThrough };
          await output.print({
            json: () =>
              ({ topic, partition, adopts, ...positions, done: yes }) satisfies LineOf<'adopt-topics'>,
            text: () => `${topic}/${String(partition)}: ${WORDS[adopts](nextOffset, yes)}`,
          });
        }
        output.note(NOTES[adopts]);
        if (adopts === 'input') for (const lease of leases) noteUnemitted(context, topic, lease);
        if (!yes) output.note('To adopt them: runclose adopt-topics --yes');
        else if (inputId !== null) output.note(`The topic's id is ${inputId}.`);
      }),
    );
};

const noteUnemitted = (
  { output }: CommandContext,
  topic: string,
  { partition, nextOffset, emittedThrough }: PartitionLease,
): void => {
  const from = emittedThrough ?? 0;
  if (nextOffset !== null && from < nextOffset)
    output.note(
      `${topic}/${String(partition)}: the events of ${offsetsText(from, nextOffset)} of the former topic may not have been ` +
        'emitted: `runclose explain --command` shows what was decided.',
    );
};
