/** An application that its vendor registered for its own use, and what a person may do in its place. */
interface ReservedClient {
  readonly ids: readonly string[];
  readonly explanation: string;
}

const OWN_APPLICATION = 'Register an application of your own and give its id.';

/** The ids are public; they stand here to be refused. */
const RESERVED: readonly ReservedClient[] = [
  {
    ids: ['9d1c250a-e61b-44d9-88ed-5944d1962f5e'],
    explanation:
      'This is the client id of Claude Code: Anthropic reserves the Claude.ai sign-in for its own applications. ' +
      'Make an API key at https://platform.claude.com/settings/keys, or sign in with the `ant` command: `proxy login anthropic --way command`.',
  },
  {
    ids: ['app_EMoamEEZ73f0CkXaXp7hrann'],
    explanation:
      'This is the client id of Codex: OpenAI reserves the ChatGPT sign-in for its own applications. ' +
      'Make an API key at https://platform.openai.com/api-keys and use that.',
  },
  {
    ids: [
      '681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j.apps.googleusercontent.com',
      '1071006060591-tmhssin2h21lcre235vtolojh4g403ep.apps.googleusercontent.com',
    ],
    explanation:
      'This is the client id of Gemini CLI, Code Assist or Antigravity: Google reserves their sign-in for them. ' +
      'Make an API key at https://aistudio.google.com/apikey, or use the `gcloud` command: `proxy login vertex`.',
  },
  {
    ids: ['Iv1.b507a08c87ecfe98', 'Ov23ctDVkRmgkPke0Mmm', '01ab8ac9411c470473ee'],
    explanation:
      "This is the client id of GitHub Copilot: GitHub reserves Copilot's API for its own applications. " +
      'Use a provider of the models themselves; `proxy providers` lists those there are.',
  },
  {
    ids: ['b1a00492-073a-47ea-816f-4c329264a828'],
    explanation:
      'This is the client id of the Grok CLI, which xAI reserves for it. Make an API key at https://console.x.ai and use that.',
  },
  {
    ids: ['17e5f671-d194-4dfb-9706-5516cb48c098'],
    explanation:
      'This is the client id of the Kimi CLI, which Moonshot reserves for it. ' +
      'Make an API key at https://platform.moonshot.ai/console/api-keys and use that.',
  },
  {
    ids: ['f0304373b74a44d2b584a3fb70ca9e56'],
    explanation:
      'This is the client id of Qwen Code, which Alibaba reserves for it. Make an API key of Model Studio, and use it with `proxy login compatible`.',
  },
  {
    ids: ['04b07795-8ddb-461a-bbee-02f9e1bf7b46', 'aebc6443-996d-45c2-90f0-388ff96faa56'],
    explanation: `This is a client id of Microsoft's own tools. ${OWN_APPLICATION} Or let \`az\` print the tokens: \`proxy login azure --way command\`.`,
  },
  {
    ids: [
      '32555940559.apps.googleusercontent.com',
      '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
    ],
    explanation: `This is the client id of Google's own \`gcloud\`. ${OWN_APPLICATION} Or let \`gcloud\` print the tokens: \`proxy login vertex\`.`,
  },
];

export const reservedClientIds: readonly string[] = RESERVED.flatMap(({ ids }) => ids);

/** Why an application may not be signed in by, in a sentence that also says what is allowed; `undefined` where it may. */
export function reservedClient(clientId: string): string | undefined {
  const id = clientId.trim().toLowerCase();
  return RESERVED.find(({ ids }) => ids.some((one) => one.toLowerCase() === id))?.explanation;
}
