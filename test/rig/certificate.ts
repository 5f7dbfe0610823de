import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate that signs itself, for `127.0.0.1` and `localhost`, with its key; both in PEM. Good for a day. */
export interface OwnCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Made anew each time, so that no key lies in the repository (RFC 5280, in DER as X.690 has it). */
export function makeCertificate(name = 'Rota test'): OwnCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(objectId('2a8648ce3d040302')); // ecdsa-with-SHA256
  const names = sequence(
    tagged(0x31, sequence(objectId('550403'), tagged(0x0c, Buffer.from(name)))), // commonName
  );
  const now = Date.now();
  const alternatives = sequence(
    tagged(0x82, Buffer.from('localhost')),
    tagged(0x87, Buffer.of(127, 0, 0, 1)),
  );
  const extensions = sequence(
    sequence(objectId('551d13'), tagged(1, Buffer.of(255)), tagged(4, sequence(tagged(1, Buffer.of(255))))), // basicConstraints, critical: CA
    sequence(objectId('551d11'), tagged(4, alternatives)), // subjectAltName
  );
  const toBeSigned = sequence(
    tagged(0xa0, tagged(2, Buffer.of(2))), // version 3
    tagged(2, Buffer.of(1)),
    algorithm,
    names,
    sequence(moment(now - 3_600_000), moment(now + 86_400_000)),
    names,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const der = sequence(toBeSigned, algorithm, tagged(3, Buffer.concat([Buffer.of(0), signature])));
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** The content in hexadecimal, as the standards' tables have it. */
function objectId(hex: string): Buffer {
  return tagged(6, Buffer.from(hex, 'hex'));
}

/** UTCTime: `YYMMDDHHMMSSZ`. */
function moment(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}
