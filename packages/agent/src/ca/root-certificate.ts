/** The root of the Connect CA: an EC P-256 key and a certificate that it signs itself (RFC 5280), named as Consul names its own. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { bits, explicit, integer, octets, oid, sequence, set, time, tlv, truth, utf8 } from "./der.js";

export interface RootCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
  /** The first label of the trust domain. */
  readonly clusterId: string;
  readonly createdAtMs: number;
}

const YEARS_VALID = 10;
const YEAR_MS = 365 * 24 * 3_600_000;
/** Clocks that are a little behind accept the certificate too. */
const BACKDATE_MS = 60_000;

const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";

export function createRootCertificate(clusterId: string, nowMs: number): RootCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const label = randomBytes(4).toString("hex");
  const name = sequence(set(sequence(oid(COMMON_NAME), utf8(`pri-${label}.consul.ca.${clusterId.slice(0, 8)}.consul`))));
  const algorithm = sequence(oid(ECDSA_SHA256));
  const keyId = subjectKeyId(spki);
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(randomSerial()),
    algorithm,
    name,
    sequence(time(nowMs - BACKDATE_MS), time(nowMs + YEARS_VALID * YEAR_MS)),
    name,
    spki,
    explicit(3, extensions(keyId, `spiffe://${clusterId}.consul`)),
  );
  const der = sequence(toBeSigned, algorithm, bits(sign("sha256", toBeSigned, privateKey)));
  return {
    certificate: pem(der),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    clusterId,
    createdAtMs: nowMs,
  };
}

/** Positive, and small enough for the JSON number that it is shown as. */
function randomSerial(): Buffer {
  const serial = randomBytes(6);
  serial[0]! &= 0x1f;
  serial[5]! |= 1;
  return serial;
}

function extensions(keyId: Buffer, uri: string): Buffer {
  const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
    sequence(oid(id), ...(isCritical ? [truth] : []), octets(value));
  return sequence(
    // Digital signature, certificate signing, CRL signing.
    extension("2.5.29.15", true, bits(Buffer.of(0x86), 1)),
    extension("2.5.29.19", true, sequence(truth)),
    extension("2.5.29.14", false, octets(keyId)),
    extension("2.5.29.35", false, sequence(tlv(0x80, keyId))),
    extension("2.5.29.17", false, sequence(tlv(0x86, Buffer.from(uri)))),
  );
}

/** Consul hashes the whole public key with SHA-256. */
function subjectKeyId(spki: Buffer): Buffer {
  return createHash("sha256").update(spki).digest();
}

export function signingKeyId(certificate: string): string {
  const spki = createPublicKey(certificate).export({ type: "spki", format: "der" });
  return colons(subjectKeyId(spki));
}

/** SHA-1 over the certificate, which Consul uses as the root's ID. */
export function fingerprint(certificate: string): string {
  return colons(createHash("sha1").update(new X509Certificate(certificate).raw).digest());
}

function colons(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
