import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { javaCommand } from './java.ts';
import type { MavenDeps } from './maven-deps.ts';

/** Whether Maven can be called. Without Maven, `fetchArtifacts` fetches the same files. */
export const isMavenThere = (): boolean =>
  spawnSync('mvn', ['--version'], { stdio: 'ignore', env: withJava() }).status === 0;

/** Runs a Maven goal and shows the files that it fetches. Rejects with Maven's own error lines. */
export const runMaven = (
  title: string,
  args: readonly string[],
  { progress, signal }: MavenDeps,
): Promise<void> => {
  progress.say(`Fetching ${title}, once for all checkouts…`);
  return new Promise((resolve, reject) => {
    const maven = spawn('mvn', ['-Dstyle.color=never', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      env: withJava(),
    });
    const errors: string[] = [];
    let files = 0;
    const read = (text: string): void => {
      for (const line of text.split(/[\r\n]+/).map((part) => part.trim())) {
        if (line.startsWith('[ERROR]')) errors.push(line);
        if (line.startsWith('Downloaded from')) files += 1;
        if (line.startsWith('Progress')) progress.update(`  ${files} files, now ${line}`);
      }
    };
    maven.stdout.setEncoding('utf8').on('data', read);
    maven.stderr.setEncoding('utf8').on('data', read);
    maven.on('error', reject);
    maven.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`fetching ${title}: mvn ended with ${String(code)}\n${errors.slice(0, 5).join('\n')}`),
        );
    });
  });
};

/** Maven looks for Java by itself; if the stack fetched Java, Maven has to be told where it is. */
const withJava = (): NodeJS.ProcessEnv => {
  const java = javaCommand();
  return java === 'java' ? process.env : { ...process.env, JAVA_HOME: dirname(dirname(java)) };
};
