import { expect } from 'chai';
import { whatIfPage } from '../../../../src/operations/what-if/what-if-page.ts';
import { createWhatIf } from '../../../../src/replay/what-if/what-if.ts';

describe('The page of what-if', () => {
  const person = (userId: string, was: number) => ({
    channelId: 'C<1>',
    userId,
    attended: 9,
    was,
    whatIf: -was,
  });
  const page = whatIfPage(
    {
      ...createWhatIf({}, 0).report(),
      runs: 10,
      channels: 1,
      picksChanged: 4,
      people: [person('<script>alert("U1")</script>', 2.5), person('U2\n&', -2.5)],
    },
    { changes: ['policy least-recent'], source: 'month.avro', notes: ['1 run of C<1> is not there.'] },
  );

  it('shows what people call themselves as text only', () => {
    expect(page).to.not.include('<script');
    expect(page).to.include('&lt;script&gt;alert(&quot;U1&quot;)&lt;/script&gt; · C&lt;1&gt;');
    expect(page).to.include('U2 &amp; · C&lt;1&gt;');
  });

  it('has two bars for each person, and a text for readers who cannot see them', () => {
    expect(page.match(/<rect class="was"/g)).to.have.length(2);
    expect(page.match(/<rect class="if"/g)).to.have.length(2);
    expect(page).to.match(/role="img" aria-label="Runs made minus fair share/);
    expect(page).to.include('4 picks').and.to.include('(40.0 %)');
  });

  it('says what its axes count, and gives every bar as a number in a table', () => {
    expect(page).to.include('>runs made minus fair share</text>');
    expect(page).to.include('<th scope="row">U2 &amp; · C&lt;1&gt;</th><td>-2.50</td><td>2.50</td>');
  });

  it('says what readers must know about the figures', () => {
    expect(page).to.include('<p>1 run of C&lt;1&gt; is not there.</p>');
  });

  it('needs nothing but itself', () => {
    expect(page).to.not.match(/https?:|src=|href=|url\(/);
  });
});
