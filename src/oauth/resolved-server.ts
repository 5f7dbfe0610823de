/** An authorization server as far as a sign-in needs it: every address is https, or http on this machine. */
export interface ResolvedServer {
  /** Absent where only the endpoints are known; then no `iss` can be compared. */
  readonly issuer?: string;
  /** The server promises `iss` on every answer to an authorization request (RFC 9207 §3). */
  readonly issPromised: boolean;
  /** Where a sign-in of this kind begins: the authorization endpoint, or the device authorization endpoint. */
  readonly startEndpoint: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint?: string;
  readonly userinfoEndpoint?: string;
  /** What the server may sign id tokens with. */
  readonly signingAlgorithms: readonly string[];
  /** The server takes a client secret in the `Authorization` header only. */
  readonly secretInHeader: boolean;
}
