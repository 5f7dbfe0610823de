/** What the authorization server remembers, in a form that a test can tamper with. */
export interface Records {
  /** Makes the adapter that `oidc-provider` asks for, one for each kind of record. */
  adapter(kind: string): Adapter;
  /** Forgets every record of a kind: codes and tokens of that kind are unknown from then on. */
  forget(kind: 'AuthorizationCode' | 'AccessToken' | 'RefreshToken'): void;
}

type Payload = Record<string, unknown>;

interface Adapter {
  upsert(id: string, payload: Payload): Promise<void>;
  find(id: string): Promise<Payload | undefined>;
  findByUid(uid: string): Promise<Payload | undefined>;
  findByUserCode(code: string): Promise<Payload | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

export function createRecords(): Records {
  const kinds = new Map<string, Map<string, Payload>>();
  const recordsOf = (kind: string): Map<string, Payload> => {
    const known = kinds.get(kind) ?? new Map<string, Payload>();
    kinds.set(kind, known);
    return known;
  };
  return {
    adapter: (kind) => createAdapter(recordsOf(kind)),
    forget: (kind) => recordsOf(kind).clear(),
  };
}

// Expiry needs nothing here: the server looks at each record's own `exp`.
function createAdapter(records: Map<string, Payload>): Adapter {
  const findBy = (member: string, value: string): Payload | undefined =>
    [...records.values()].find((payload) => payload[member] === value);
  return {
    async upsert(id, payload) {
      records.set(id, payload);
    },
    async find(id) {
      return records.get(id);
    },
    async findByUid(uid) {
      return findBy('uid', uid);
    },
    async findByUserCode(code) {
      return findBy('userCode', code);
    },
    async consume(id) {
      const payload = records.get(id);
      if (payload !== undefined) payload['consumed'] = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      records.delete(id);
    },
    async revokeByGrantId(grantId) {
      for (const [id, payload] of records) {
        if (payload['grantId'] === grantId) records.delete(id);
      }
    },
  };
}
