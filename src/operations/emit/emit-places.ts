import { wrongUse } from '../../processor/failure.ts';
import type { EventType } from '../../wire/event-types.ts';
import { refuseEmptyRange, type Where } from '../history/range.ts';

export type PlacesRequest = {
  readonly file: string | undefined;
  readonly types: readonly EventType[];
  /** Default: earliest. */
  readonly from: Where | undefined;
  /** Default: latest. */
  readonly to: Where | undefined;
};

export type Places = { readonly from: Where; readonly to: Where };

/** Where to start and stop in the topics of events. Refuses places that say nothing there. */
export const placesOf = ({ file, types, from, to }: PlacesRequest): Places => {
  if (file !== undefined && (from ?? to) !== undefined)
    throw wrongUse('leave out --from and --to: a file is always read as a whole');
  if (from?.kind === 'committed' || to?.kind === 'committed')
    throw wrongUse(
      'committed is a position in the topic of commands, not of events: use a time, an offset, earliest or latest',
    );
  if (types.length > 1 && [from, to].some((place) => place?.kind === 'offset' || place?.kind === 'offsets'))
    throw wrongUse('an offset is a position in one topic: give one --type, or use times');
  refuseEmptyRange(from, to);
  return { from: from ?? { kind: 'earliest' }, to: to ?? { kind: 'latest' } };
};
