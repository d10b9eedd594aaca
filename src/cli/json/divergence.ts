import type { z } from 'zod';
import { positionNamed, positionAt } from '../../wire/position.ts';
import type { EventDivergence } from '../../replay/events-only/divergence.ts';
import type { Divergence } from '../../replay/verify/divergence.ts';
import type { divergenceLine, eventDivergence } from './replay-lines.ts';

type DivergenceLine = z.infer<typeof divergenceLine>;

/** A difference, as commands and reports print it. */
export const divergenceJson = (
  kind: DivergenceLine['kind'],
  { source, where, ...divergence }: Divergence,
): DivergenceLine => {
  const position = positionAt(where);
  return {
    kind,
    ...divergence,
    source: source === null ? null : positionNamed(source),
    where: position?.topic ?? where,
    position,
  };
};

export const eventDivergenceJson = ({
  position,
  ...divergence
}: EventDivergence): z.infer<typeof eventDivergence> => ({
  kind: 'divergence',
  ...divergence,
  position: positionAt(position),
});
