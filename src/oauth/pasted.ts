/** What a person pasted: a redirected address' query, or a bare code. `problem` is a sentence for them. */
export type Pasted =
  | { readonly kind: 'query'; readonly query: URLSearchParams }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'problem'; readonly problem: string };

/**
 * Reads what was copied from a browser on another machine.
 * @param acceptsCode whether a code is worth something without its address: where a state binds the answer, it is not.
 */
export function readPasted(text: string, redirectUri: string, acceptsCode: boolean): Pasted {
  // Terminals break long lines; neither an address nor a code holds white space.
  const pasted = text.replace(/\s+/g, '');
  if (pasted === '') return problem('Nothing was pasted.');
  const address = /^https?:\/\//i.test(pasted)
    ? pasted
    : looksLikeAddress(pasted)
      ? `http://${pasted}`
      : undefined;
  if (address === undefined) {
    if (acceptsCode && /^[\x21-\x7e]{1,4096}$/.test(pasted)) return { kind: 'code', code: pasted };
    return problem(`Paste the whole address from the browser's address bar: it begins with ${redirectUri}.`);
  }
  const expected = new URL(redirectUri);
  const given = URL.canParse(address) ? new URL(address) : undefined;
  if (given?.host !== expected.host || given.pathname !== expected.pathname) {
    return problem(`That address is not where the sign-in ends: it must begin with ${redirectUri}.`);
  }
  return { kind: 'query', query: given.searchParams };
}

// Some browsers leave the scheme out of what they copy.
function looksLikeAddress(text: string): boolean {
  return /^[\w.[\]:-]+\/[^?]*\?[^?]*(?:code|error)=/.test(text);
}

function problem(sentence: string): Pasted {
  return { kind: 'problem', problem: sentence };
}
