import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { keptRoot } from "./kept-root.js";
import { createRootCertificate } from "./root-certificate.js";

const CLUSTER = "11111111-2222-3333-4444-555555555555";

test("createRootCertificate() signs itself, is a CA, and names the trust domain", () => {
  const now = Date.UTC(2026, 10, 21);
  const { certificate, privateKey } = createRootCertificate(CLUSTER, now);
  const parsed = new X509Certificate(certificate);
  assert.equal(parsed.ca, true);
  assert.equal(parsed.verify(parsed.publicKey), true);
  assert.equal(parsed.checkIssued(parsed), true);
  assert.equal(parsed.checkPrivateKey(createPrivateKey(privateKey)), true);
  assert.equal(parsed.subjectAltName, `URI:spiffe://${CLUSTER}.consul`);
  assert.match(parsed.subject, /^CN=pri-[0-9a-f]{8}\.consul\.ca\.11111111\.consul$/);
  assert.ok(new Date(parsed.validFrom).getTime() < now && new Date(parsed.validTo).getTime() > now + 9 * 365 * 86_400_000);
});

test("keptRoot() makes one root, and finds it again", async () => {
  let kept: string | undefined;
  const keeper = {
    read: async () => kept,
    write: async (text: string) => {
      kept = text;
    },
  };
  const first = keptRoot(keeper, CLUSTER, Date.now);
  const [one, two] = await Promise.all([first(), first()]);
  assert.equal(one, two);
  assert.match(one.ID, /^([0-9a-f]{2}:){19}[0-9a-f]{2}$/);
  assert.match(one.SigningKeyID, /^([0-9a-f]{2}:){31}[0-9a-f]{2}$/);
  assert.equal(one.TrustDomain, `${CLUSTER}.consul`);
  assert.ok(Number.isSafeInteger(one.SerialNumber) && one.SerialNumber > 0);
  assert.equal((await keptRoot(keeper, undefined, Date.now)()).ID, one.ID);
});

test("keptRoot() tries again after a failure", async () => {
  let fails = true;
  const root = keptRoot(
    {
      read: async () => undefined,
      write: async () => {
        if (fails) throw new Error("full");
      },
    },
    CLUSTER,
    Date.now,
  );
  await assert.rejects(root(), /full/);
  fails = false;
  assert.equal((await root()).Active, true);
});
