import { readFileSync } from 'node:fs';
import type { IHeaders } from 'kafkajs';
import type { CeilingPlan, EmittedSample } from './ceiling-plan.ts';

export type SampleEvent = { readonly value: Buffer; readonly headers: IHeaders };

/** Reads the plan, with its values decoded from base64. */
export const readPlan = (
  file: string,
): {
  readonly closed: readonly SampleEvent[];
  readonly summary: readonly SampleEvent[];
  readonly rowBytes: number;
} => {
  const { closed, summary, rowBytes } = JSON.parse(readFileSync(file, 'utf8')) as CeilingPlan;
  return { closed: closed.map(eventOf), summary: summary.map(eventOf), rowBytes };
};

/** Takes the samples in turns. */
export const sampleAt = (events: readonly SampleEvent[], index: number): SampleEvent => {
  const event = events[index % events.length];
  if (event === undefined) throw new Error('the plan holds no events');
  return event;
};

const eventOf = ({ value, headers }: EmittedSample): SampleEvent => ({
  value: Buffer.from(value, 'base64'),
  headers: { ...headers },
});
