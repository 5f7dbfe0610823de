/** A comment (HTML standard, "Server-sent events"): nothing to any parser, and proof to a client that somebody is there. */
export const keepAliveComment = Buffer.from(': keep-alive\n\n');

/** JSON on one line, as the data of an event has to be; what is no JSON is told as the message of one. */
export function oneLine(body: string, wrap: (message: string) => object): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return JSON.stringify(wrap(body.slice(0, 2000)));
  }
}
