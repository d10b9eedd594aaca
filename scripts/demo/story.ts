import pc from 'picocolors';
import { createProgress } from '../stack/progress.ts';

/** What the demo tells, on stdout. */
export interface Story {
  /** What comes next, and below it, why it is worth a look. */
  chapter: (title: string, ...lines: string[]) => void;
  say: (line?: string) => void;
  /** A command of which the output follows. */
  command: (args: readonly string[]) => void;
  /** How far it is: a bar while a person watches, a line every few seconds elsewhere. */
  progress: (done: number, total: number, what: string) => void;
  readonly colors: Colors;
}

export type Colors = ReturnType<typeof pc.createColors>;

const BAR_WIDTH = 30;

export const createStory = (stream: NodeJS.WriteStream, { color }: { color: boolean }): Story => {
  const { say, update } = createProgress(stream);
  const colors = pc.createColors(color);
  return {
    colors,
    chapter: (title, ...lines) => {
      say('');
      say(colors.bold(colors.cyan(title)));
      for (const line of lines) say(line);
    },
    say: (line = '') => {
      say(line);
    },
    command: (args) => {
      // As README.md says: npx would not pass a signal on to `serve`.
      const program = args[0] === 'serve' ? 'node dist/cli/main.js' : 'npx runclose';
      say(colors.dim(`$ ${program} ${args.join(' ')}`));
    },
    progress: (done, total, what) => {
      const filled = Math.round((BAR_WIDTH * done) / total);
      update(`${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${done}/${total} ${what}`);
    },
  };
};
