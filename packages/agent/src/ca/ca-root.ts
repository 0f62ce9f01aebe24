import { X509Certificate } from "node:crypto";
import type { CaRoot } from "../http/context.js";
import { fingerprint, type RootCertificate, signingKeyId } from "./root-certificate.js";

/** The root as /v1/connect/ca/roots lists it. `index` is where the state stood when it was made. */
export function caRoot(root: RootCertificate, index: number): CaRoot {
  const parsed = new X509Certificate(root.certificate);
  return {
    ID: fingerprint(root.certificate),
    Name: "Consul CA Primary Cert",
    SerialNumber: Number(BigInt(`0x${parsed.serialNumber}`)),
    SigningKeyID: signingKeyId(root.certificate),
    ExternalTrustDomain: root.clusterId,
    NotBefore: seconds(parsed.validFrom),
    NotAfter: seconds(parsed.validTo),
    RootCert: root.certificate,
    IntermediateCerts: null,
    Active: true,
    PrivateKeyType: "ec",
    PrivateKeyBits: 256,
    CreateIndex: index,
    ModifyIndex: index,
    TrustDomain: `${root.clusterId}.consul`,
  };
}

function seconds(date: string): string {
  return new Date(date).toISOString().replace(/\.\d+Z$/, "Z");
}
