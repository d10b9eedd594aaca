import { fingerprintOf } from '../../avro/fingerprint.ts';
import type { RecordSchemas } from '../../avro/schema-files.ts';
import { forgetPage } from '../../postgres/forgetting/forget-page.ts';
import {
  BEGIN,
  type EmittedByNow,
  type ForgettingScope,
  type Place,
  type StoredBodies,
} from '../../postgres/forgetting/read-page.ts';
import type { RewrittenBodies } from '../../postgres/forgetting/write-forgotten.ts';
import type { Database } from '../../postgres/pool.ts';
import type { Bodies } from '../../processor/ports/decision-store.ts';
import type { ForgetIn, Forgotten } from '../../replay/ports.ts';
import { EVENT_TYPES, type EventType } from '../../wire/event-types.ts';
import { createTally, type Tally } from './tally.ts';

export type ForgetStoredDeps = {
  readonly pool: Database;
  readonly schemas: RecordSchemas;
  readonly forget: ForgetIn;
  readonly emittedByNow: EmittedByNow;
  readonly interrupted: AbortSignal;
  readonly onProgress: (rows: number) => void;
};

export type ForgetStoredRequest = {
  readonly scope: ForgettingScope;
  /** Only these channels; undefined: all channels. */
  readonly channelIds: readonly string[] | undefined;
  readonly mode: 'dry' | 'write';
};

/** Forgets personal data in stored bodies, page by page. If it is killed, running it again finishes the work. */
export const forgetStored = async (
  deps: ForgetStoredDeps,
  { scope, channelIds, mode }: ForgetStoredRequest,
): Promise<Tally> => {
  const { pool, emittedByNow, interrupted, onProgress } = deps;
  const people: Forgotten = scope.kind === 'expired' ? 'everybody' : [scope.userId];
  const tally = createTally();
  const judge = createJudge(deps, people);
  const rewriteDue = (due: readonly StoredBodies[]): readonly RewrittenBodies[] =>
    due.flatMap((row) => {
      const verdict = judge(row);
      if (verdict.kind !== 'nothing') tally.add(row.channelId, verdict.kind);
      return verdict.kind === 'forgotten' ? [{ ...row, bodies: verdict.bodies }] : [];
    });

  let done = 0;
  for (const channelId of channelIds ?? [undefined]) {
    for (let after: Place | null = BEGIN; after !== null && !interrupted.aborted;) {
      const page = await forgetPage(pool, { scope, channelId, after, emittedByNow, mode }, rewriteDue);
      done += page.rows;
      onProgress(done);
      after = page.last;
    }
  }
  return tally;
};

type Verdict =
  | { readonly kind: 'forgotten'; readonly bodies: Bodies }
  | { readonly kind: 'nothing' | 'notYetEmitted' | 'ofRetiredCluster' | 'unreadable' };

const createJudge = (
  { schemas, forget }: Pick<ForgetStoredDeps, 'schemas' | 'forget'>,
  people: Forgotten,
) => {
  const fingerprints = EVENT_TYPES.map((type) => ({ type, fingerprint: fingerprintOf(schemas[type].type) }));
  return ({ bodies, schemaFingerprint, emission }: StoredBodies): Verdict => {
    const stored = fingerprints.flatMap(({ type, fingerprint }) => {
      const body = bodies[type];
      return body === undefined ? [] : [{ type, fingerprint, body }];
    });
    // No decision refers to these bodies, for example after an abandoned rebuild, so remove them.
    if (schemaFingerprint === null)
      return stored.length === 0 ? { kind: 'nothing' } : { kind: 'forgotten', bodies: {} };
    const inUse = Buffer.concat(stored.map(({ fingerprint }) => fingerprint));
    if (!schemaFingerprint.equals(inUse)) return { kind: 'unreadable' };
    const left: Partial<Record<EventType, Buffer>> = {};
    let isChanged = false;
    for (const { type, body } of stored) {
      const forgotten = forget(type, body, people);
      if (forgotten === null) return { kind: 'unreadable' };
      left[type] = forgotten;
      isChanged ||= !forgotten.equals(body);
    }
    if (!isChanged) return { kind: 'nothing' };
    switch (emission) {
      case 'known':
        return { kind: 'forgotten', bodies: left };
      case 'unknown':
        return { kind: 'notYetEmitted' };
      case 'retired':
        return { kind: 'ofRetiredCluster' };
    }
  };
};
