import { expect } from 'chai';
import { PRIVATE_WORDS, privateWordsIn } from '../../scripts/lint/private-words.ts';

describe('the check for private words', () => {
  const sentences = [
    'It fences whoever had it.',
    'The folder belongs to another undertaking.',
    'Commands brought through, by outcome.',
    'It lets go of the partition.',
    'The producer was let go.',
    'Whatever has moved begins anew.',
    'A lock gives up before its statement.',
    'A file is cut into stretches.',
    'The others go on.',
    'It lists so many differences.',
    'The policies were put right.',
    'It asked in vain.',
    'The decision is taken over as it stands.',
    'A topic that is none of ours.',
    'Where that is meant, adopt the cluster.',
    'A channel of which there is no event.',
    'Asked in any case.',
    'Runs made less fair share.',
    'Not before: waiting may take long.',
  ];

  it('finds each of them, and says what to say instead', () => {
    for (const sentence of sentences) expect(privateWordsIn(sentence), sentence).to.have.length(1);
    const found = new Set(
      sentences.flatMap((sentence) => privateWordsIn(sentence)).map(({ instead }) => instead),
    );
    expect(found.size).to.equal(PRIVATE_WORDS.length);
    expect(privateWordsIn('Fine.\nWhoever.')).to.deep.equal([
      { line: 2, found: 'Whoever', instead: 'name the process, caller or person' },
    ]);
  });

  it('leaves plain sentences alone', () => {
    expect(
      privateWordsIn('The new owner fences the old producer. It waits before it retries.'),
    ).to.deep.equal([]);
  });
});
