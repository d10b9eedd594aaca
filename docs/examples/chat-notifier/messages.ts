import type { RunSummary } from 'runclose';

/** How a chat writes plain text and mentions, and what its webhook takes. */
type Chat = {
  readonly escape: (text: string) => string;
  readonly payload: (text: string, runner: RunSummary['runner'], chatId: string | undefined) => unknown;
};

/** Slack's mrkdwn needs these three and knows no others: `*` and `_` can change only the look. */
const slackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** In Markdown, each ASCII punctuation mark can be escaped. A zero-width space keeps `@channel` from calling everybody. */
const markdownText = (text: string): string =>
  text.replaceAll(/[!-/:-?[-`{-~]/g, '\\$&').replaceAll('@', '@\u200B');

export const CHATS = {
  slack: {
    escape: slackText,
    payload: (text, _, id) => ({
      text: id === undefined ? text : `<@${id}>\n${text}`,
      parse: 'none',
      link_names: false,
    }),
  },
  teams: {
    escape: markdownText,
    payload: (text, runner, id) => {
      const mention = `<at>${slackText(runner.displayName)}</at>`;
      const entities = [{ type: 'mention', text: mention, mentioned: { id, name: runner.displayName } }];
      const content = {
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          // Teams joins lines that end with one line feed.
          { type: 'TextBlock', wrap: true, text: text.replaceAll('\n', '\n\n') },
          ...(id === undefined ? [] : [{ type: 'TextBlock', text: mention }]),
        ],
        ...(id === undefined ? {} : { msteams: { entities } }),
      };
      return {
        type: 'message',
        attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
      };
    },
  },
  markdown: {
    escape: markdownText,
    payload: (text, _, id) => ({ text: id === undefined ? text : `@${id}\n${text}` }),
  },
} satisfies Record<string, Chat>;

/** What the chat calls a person. An id with other characters could write markup, so it mentions nobody. */
const safe = (id: string | null | undefined): string | undefined =>
  /^[\w.-]+$/.test(id ?? '') ? (id ?? undefined) : undefined;

/** The body for the chat's webhook. `chatIdOf` knows people by their `userId`. Slack's ids may also come with the order. */
export const messageFor = (
  chat: keyof typeof CHATS,
  { runner, channelText }: RunSummary,
  chatIdOf: (userId: string) => string | undefined = () => undefined,
): unknown => {
  const { escape, payload }: Chat = CHATS[chat];
  const id = chatIdOf(runner.userId) ?? (chat === 'slack' ? runner.slackUserId : undefined);
  return payload(escape(channelText), runner, safe(id));
};
