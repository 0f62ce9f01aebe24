import type { RequestOptions } from "../http/requester.js";
import { json, type Read, type ReadOptions } from "../read.js";
import type {
  ACLAuthMethod,
  ACLAuthMethodDefinition,
  ACLBindingRule,
  ACLBindingRuleDefinition,
  ACLPolicy,
  ACLPolicyDefinition,
  ACLReplicationStatus,
  ACLRole,
  ACLRoleDefinition,
  ACLTemplatedPolicyInfo,
  ACLToken,
  ACLTokenDefinition,
  ACLTokenExpanded,
} from "./acl-shapes.js";
import { Family, list } from "./family.js";

export interface TokenListOptions extends ReadOptions {
  readonly policy?: string;
  readonly role?: string;
  readonly authmethod?: string;
  readonly authmethodNs?: string;
  readonly servicename?: string;
}

/** Tokens, and what they may do. What is not there reads as undefined (Consul answers 404, and 403 to an unknown token). */
export class Acl extends Family {
  readonly replication: Read<[], ReadOptions, ACLReplicationStatus> = this.read(0, () => ({ path: "acl/replication", blocks: "none" }));

  readonly tokens: Read<[], TokenListOptions, ACLToken[]> = this.read(0, () => ({
    path: "acl/tokens",
    blocks: "none",
    parameters: ({ policy, role, authmethod, authmethodNs, servicename }) => ({
      policy,
      role,
      authmethod,
      "authmethod-ns": authmethodNs,
      servicename,
    }),
    decode: list<ACLToken>,
  }));
  readonly token: Read<[accessorId: string], ReadOptions, ACLToken | undefined> = this.one("token");
  readonly tokenExpanded: Read<[accessorId: string], ReadOptions, ACLTokenExpanded | undefined> = this.one("token", { expanded: true });
  /** The token that the request is made with. */
  readonly tokenSelf: Read<[], ReadOptions, ACLToken> = this.read(0, () => ({ path: "acl/token/self", blocks: "none" }));

  readonly policies: Read<[], ReadOptions, Omit<ACLPolicy, "Rules">[]> = this.all("policies");
  readonly policy: Read<[id: string], ReadOptions, ACLPolicy | undefined> = this.one("policy");
  readonly policyByName: Read<[name: string], ReadOptions, ACLPolicy | undefined> = this.one("policy/name");

  readonly roles: Read<[], ReadOptions & { readonly policy?: string }, ACLRole[]> = this.read(0, () => ({
    path: "acl/roles",
    blocks: "none",
    parameters: ({ policy }) => ({ policy }),
    decode: list<ACLRole>,
  }));
  readonly role: Read<[id: string], ReadOptions, ACLRole | undefined> = this.one("role");
  readonly roleByName: Read<[name: string], ReadOptions, ACLRole | undefined> = this.one("role/name");

  readonly authMethods: Read<[], ReadOptions, ACLAuthMethod[]> = this.all("auth-methods");
  readonly authMethod: Read<[name: string], ReadOptions, ACLAuthMethod | undefined> = this.one("auth-method");

  readonly bindingRules: Read<[], ReadOptions & { readonly authmethod?: string }, ACLBindingRule[]> = this.read(0, () => ({
    path: "acl/binding-rules",
    blocks: "none",
    parameters: ({ authmethod }) => ({ authmethod }),
    decode: list<ACLBindingRule>,
  }));
  readonly bindingRule: Read<[id: string], ReadOptions, ACLBindingRule | undefined> = this.one("binding-rule");

  readonly templatedPolicies: Read<[], ReadOptions, Record<string, ACLTemplatedPolicyInfo>> = this.read(0, () => ({
    path: "acl/templated-policies",
    blocks: "none",
  }));
  readonly templatedPolicy: Read<[name: string], ReadOptions, ACLTemplatedPolicyInfo | undefined> = this.one("templated-policy/name");

  /** Once in a cluster's life; the answer holds its first token. */
  bootstrap(secret?: string, options?: RequestOptions): Promise<ACLToken> {
    return this.write("acl/bootstrap", secret === undefined ? undefined : { BootstrapSecret: secret }, options, {}, false);
  }

  createToken(definition: ACLTokenDefinition, options?: RequestOptions): Promise<ACLToken> {
    return this.write("acl/token", definition, options, {}, false);
  }

  updateToken(accessorId: string, definition: ACLTokenDefinition, options?: RequestOptions): Promise<ACLToken> {
    return this.write(`acl/token/${encodeURIComponent(accessorId)}`, definition, options);
  }

  cloneToken(accessorId: string, description?: string, options?: RequestOptions): Promise<ACLToken> {
    return this.write(`acl/token/${encodeURIComponent(accessorId)}/clone`, { Description: description }, options, {}, false);
  }

  removeToken(accessorId: string, options?: RequestOptions): Promise<boolean> {
    return this.erase(`acl/token/${encodeURIComponent(accessorId)}`, options);
  }

  createPolicy(definition: ACLPolicyDefinition, options?: RequestOptions): Promise<ACLPolicy> {
    return this.write("acl/policy", definition, options, {}, false);
  }

  updatePolicy(id: string, definition: ACLPolicyDefinition, options?: RequestOptions): Promise<ACLPolicy> {
    return this.write(`acl/policy/${encodeURIComponent(id)}`, definition, options);
  }

  removePolicy(id: string, options?: RequestOptions): Promise<boolean> {
    return this.erase(`acl/policy/${encodeURIComponent(id)}`, options);
  }

  createRole(definition: ACLRoleDefinition, options?: RequestOptions): Promise<ACLRole> {
    return this.write("acl/role", definition, options, {}, false);
  }

  updateRole(id: string, definition: ACLRoleDefinition, options?: RequestOptions): Promise<ACLRole> {
    return this.write(`acl/role/${encodeURIComponent(id)}`, definition, options);
  }

  removeRole(id: string, options?: RequestOptions): Promise<boolean> {
    return this.erase(`acl/role/${encodeURIComponent(id)}`, options);
  }

  createAuthMethod(definition: ACLAuthMethodDefinition, options?: RequestOptions): Promise<ACLAuthMethod> {
    return this.write("acl/auth-method", definition, options, {}, false);
  }

  updateAuthMethod(name: string, definition: ACLAuthMethodDefinition, options?: RequestOptions): Promise<ACLAuthMethod> {
    return this.write(`acl/auth-method/${encodeURIComponent(name)}`, definition, options);
  }

  removeAuthMethod(name: string, options?: RequestOptions): Promise<boolean> {
    return this.erase(`acl/auth-method/${encodeURIComponent(name)}`, options);
  }

  createBindingRule(definition: ACLBindingRuleDefinition, options?: RequestOptions): Promise<ACLBindingRule> {
    return this.write("acl/binding-rule", definition, options, {}, false);
  }

  updateBindingRule(id: string, definition: ACLBindingRuleDefinition, options?: RequestOptions): Promise<ACLBindingRule> {
    return this.write(`acl/binding-rule/${encodeURIComponent(id)}`, definition, options);
  }

  removeBindingRule(id: string, options?: RequestOptions): Promise<boolean> {
    return this.erase(`acl/binding-rule/${encodeURIComponent(id)}`, options);
  }

  /** Trades a platform's credential for a token. */
  login(
    request: { readonly AuthMethod: string; readonly BearerToken: string; readonly Meta?: Readonly<Record<string, string>> },
    options?: RequestOptions,
  ): Promise<ACLToken> {
    return this.submit("acl/login", request, options);
  }

  /** Destroys the token that the request is made with. */
  async logout(options?: RequestOptions): Promise<void> {
    await this.submit("acl/logout", undefined, options);
  }

  oidcAuthUrl(
    request: {
      readonly AuthMethod: string;
      readonly RedirectURI: string;
      readonly ClientNonce?: string;
      readonly Meta?: Readonly<Record<string, string>>;
    },
    options?: RequestOptions,
  ): Promise<{ readonly AuthURL: string }> {
    return this.submit("acl/oidc/auth-url", request, options);
  }

  oidcCallback(
    request: { readonly AuthMethod: string; readonly State: string; readonly Code: string; readonly ClientNonce?: string },
    options?: RequestOptions,
  ): Promise<ACLToken> {
    return this.submit("acl/oidc/callback", request, options);
  }

  previewTemplatedPolicy(name: string, variables?: { readonly Name?: string }, options?: RequestOptions): Promise<ACLPolicy> {
    return this.submit(`acl/templated-policy/preview/${encodeURIComponent(name)}`, variables ?? {}, options);
  }

  /** Whether the request's token may do each of these. */
  authorize(
    checks: readonly { readonly Resource: string; readonly Segment?: string; readonly Access: string }[],
    options?: RequestOptions,
  ): Promise<readonly { readonly Resource: string; readonly Segment?: string; readonly Access: string; readonly Allow: boolean }[]> {
    return this.submit("internal/acl/authorize", checks, options);
  }

  private one<T>(kind: string, parameters: Readonly<Record<string, boolean>> = {}): Read<[key: string], ReadOptions, T | undefined> {
    return this.read(1, (key) => ({
      path: `acl/${kind}/${encodeURIComponent(key)}`,
      blocks: "none",
      parameters: () => parameters,
      accept: [404],
      decode: (answer) => (answer.status === 404 ? undefined : (json(answer) as T)),
    }));
  }

  private all<T>(kind: string): Read<[], ReadOptions, T[]> {
    return this.read(0, () => ({ path: `acl/${kind}`, blocks: "none", decode: list<T> }));
  }
}
