/**
 * Explains the outcome of a run or of a command, from the stored decisions. Rejections of invalid commands and of reused ids are not
 * stored, and are found in the outputs.
 */
import { decisionOnCommand, decisionsOnRun } from '../../postgres/decisions.ts';
import type { CommandKey, RunKey } from '../../processor/ports/decision-store.ts';
import type { Database } from '../../postgres/pool.ts';
import { Failure } from '../../processor/failure.ts';
import { unknownChannel } from '../channels/known-channel.ts';
import { channelUnknown } from '../refusals.ts';
import { createReadValue } from '../servers/record-reading.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import { openDatabase, openRegistry } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { explanationOf, type Explanation, type ExplanationDeps } from './explanation.ts';
import { findSkippedCommands, type SkippedCommand } from './skipped-commands.ts';
import { findUnstoredRejections, type UnstoredRejection } from './unstored-rejections.ts';

export type Found =
  | { readonly kind: 'decision'; readonly explanation: Explanation }
  | { readonly kind: 'rejection'; readonly rejection: UnstoredRejection }
  | { readonly kind: 'skipped'; readonly command: SkippedCommand };

/** Yields every decision on a run, in order. Rejects if there is none. */
export async function* explainRun(work: Work, run: RunKey): AsyncGenerator<Found> {
  const deps = await open(work);
  const decisions = await decisionsOnRun(deps.pool, run);
  if (decisions.length === 0) throw await unknown(deps.pool, `run ${run.runId}`, run);
  for (const decision of decisions)
    yield { kind: 'decision', explanation: await explanationOf(deps, decision) };
}

/**
 * Yields the decision on a command; if there is none, the command's unstored rejections and its skipped records. Rejects if there are none.
 */
export async function* explainCommand(work: Work, name: CommandKey): AsyncGenerator<Found> {
  const deps = await open(work);
  const { pool } = deps;
  const decision = await decisionOnCommand(pool, name);
  if (decision !== null) {
    yield { kind: 'decision', explanation: await explanationOf(deps, decision) };
    return;
  }
  const rejections = await findUnstoredRejections(deps, name);
  const skipped = await findSkippedCommands(deps, name);
  if (rejections.length + skipped.length === 0) throw await unknown(pool, `command ${name.commandId}`, name);
  for (const rejection of rejections) yield { kind: 'rejection', rejection };
  for (const command of skipped) yield { kind: 'skipped', command };
}

const open = async (work: Work): Promise<ExplanationDeps> => {
  const config = work.settings('kafka', 'registry', 'database');
  const pool = await openDatabase(work, config);
  const { reader, names } = await openKafkaTopics(work, config);
  const registry = await openRegistry(work, config);
  return { pool, reader, names, schemas: registry.schemas, read: createReadValue(registry) };
};

const unknown = async (
  pool: Database,
  what: string,
  { channelId }: Pick<RunKey, 'channelId'>,
): Promise<Failure> => {
  const noChannel = await unknownChannel(pool, channelId);
  return noChannel === null
    ? new Failure(
        'fatal',
        'NOTHING_DECIDED',
        `nothing was decided about ${what} in channel ${channelId}.\n  ${ELSEWHERE}`,
      )
    : channelUnknown(`${noChannel}\n  ${ELSEWHERE}`);
};

const ELSEWHERE =
  '`runclose status` shows whether commands wait; `runclose dlq list` shows records that could not be decoded';
