import { InvalidArgumentError } from 'commander';

/** Parses the name of a topic, by Kafka's rules. */
export const topicName = (value: string): string => {
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(value) || value === '.' || value === '..')
    throw new InvalidArgumentError(
      'Names of topics have 1 to 249 characters, which are letters, digits, ".", "_" and "-"; "." and ".." are none.',
    );
  return value;
};
