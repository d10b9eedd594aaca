import pc from 'picocolors';
import { createProgress } from '../stack/progress.ts';

/** The text of the demo, on stdout. */
export interface Story {
  /** A heading, and below it the reason why the chapter is interesting. */
  chapter: (title: string, ...lines: string[]) => void;
  say: (line?: string) => void;
  /** A command whose output follows. */
  command: (args: readonly string[]) => void;
  /** Shows progress: a bar on a terminal, a line every few seconds elsewhere. */
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
      // As in README.md: npx would not pass a signal on to `serve`.
      const program = args[0] === 'serve' ? 'node dist/cli/main.js' : 'npx runclose';
      say(colors.dim(`$ ${program} ${args.join(' ')}`));
    },
    progress: (done, total, what) => {
      const filled = Math.round((BAR_WIDTH * done) / total);
      update(`${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${done}/${total} ${what}`);
    },
  };
};
