import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { identify, type ProcessIdentity } from '../process-identity.mjs';

/** All descendants of the process `pid`. */
export const descendantsOf = (pid: number): ProcessIdentity[] => {
  const parents = process.platform === 'linux' ? parentsFromProc() : parentsFromPs();
  const tree = [pid];
  for (const parent of tree) {
    for (const [child, itsParent] of parents) if (itsParent === parent) tree.push(child);
  }
  return tree.slice(1).flatMap((descendant) => identify(descendant) ?? []);
};

type Parents = readonly (readonly [child: number, parent: number])[];

const parentsFromProc = (): Parents =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [[Number(name), Number(parent)] as const];
      } catch {
        return []; // It has ended since the listing.
      }
    });

const parentsFromPs = (): Parents =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
