/** What one side shows and whom it trusts, as PEM. */
export interface TlsMaterial {
  readonly key?: string | Buffer;
  readonly certificate?: string | Buffer;
  /** @default the roots that come with Node */
  readonly roots?: string | Buffer | readonly (string | Buffer)[];
}

/** Material that may change while the program runs: files, Consul's CA, or something of your own. */
export interface TlsSource {
  current(): TlsMaterial;
  /** Calls `listener` after each change; the result stops that. Connections made before a change stay as they are. */
  onChange(listener: () => void): () => void;
}

export interface ServerTls {
  readonly source: TlsSource | TlsMaterial;
  /** "require" is mTLS: who shows no certificate signed by the roots is turned away. @default "none" */
  readonly clientCertificates?: "none" | "request" | "require";
}

export interface ChannelTls {
  /** @default no key, Node's roots */
  readonly source?: TlsSource | TlsMaterial;
  /** The name that the server's certificate must bear. @default the target's host */
  readonly serverName?: string;
}

/** Material that never changes, in the shape of a source. */
export function staticTls(material: TlsMaterial): TlsSource {
  return { current: () => material, onChange: () => () => {} };
}

export function tlsSource(source: TlsSource | TlsMaterial): TlsSource {
  return "onChange" in source ? source : staticTls(source);
}

/** Who stands at the other end of a TLS connection, from the certificate that it showed. */
export interface PeerIdentity {
  /** "CN=client,O=Example" */
  readonly subject: string;
  /** "DNS:client.example", "URI:spiffe://...", as the certificate lists them. */
  readonly alternativeNames: readonly string[];
  readonly fingerprint256: string;
  /** DER. */
  readonly raw: Buffer;
  /** Signed by roots that this side trusts; always true with clientCertificates "require". */
  readonly authorized: boolean;
}
