/** Tokens, policies, roles and their like, named as in Consul's JSON. */

export interface ACLLink {
  readonly ID?: string;
  readonly Name?: string;
}

export interface ACLServiceIdentity {
  readonly ServiceName: string;
  readonly Datacenters?: readonly string[] | null;
}

export interface ACLNodeIdentity {
  readonly NodeName: string;
  readonly Datacenter: string;
}

export interface ACLTemplatedPolicy {
  readonly TemplateName: string;
  readonly TemplateVariables?: { readonly Name?: string };
  readonly Datacenters?: readonly string[] | null;
}

export interface ACLTokenDefinition {
  /** @default a random UUID; cannot be changed */
  readonly AccessorID?: string;
  readonly SecretID?: string;
  readonly Description?: string;
  readonly Policies?: readonly ACLLink[] | null;
  readonly Roles?: readonly ACLLink[] | null;
  readonly ServiceIdentities?: readonly ACLServiceIdentity[] | null;
  readonly NodeIdentities?: readonly ACLNodeIdentity[] | null;
  readonly TemplatedPolicies?: readonly ACLTemplatedPolicy[] | null;
  readonly Local?: boolean;
  readonly ExpirationTime?: string;
  readonly ExpirationTTL?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
}

export interface ACLToken extends ACLTokenDefinition {
  readonly AccessorID: string;
  readonly SecretID: string;
  readonly AuthMethod?: string;
  readonly AuthMethodNamespace?: string;
  readonly CreateTime: string;
  readonly Hash: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLTokenExpanded extends ACLToken {
  readonly ExpandedPolicies: readonly ACLPolicy[] | null;
  readonly ExpandedRoles: readonly ACLRole[] | null;
  readonly NamespaceDefaultPolicyIDs?: readonly string[] | null;
  readonly NamespaceDefaultRoleIDs?: readonly string[] | null;
  readonly AgentACLDefaultPolicy: string;
  readonly AgentACLDownPolicy: string;
  readonly ResolvedByAgent: string;
}

export interface ACLPolicyDefinition {
  readonly Name: string;
  readonly Description?: string;
  /** In Consul's rule language, HCL or JSON. */
  readonly Rules?: string;
  readonly Datacenters?: readonly string[] | null;
  readonly Namespace?: string;
  readonly Partition?: string;
}

export interface ACLPolicy extends ACLPolicyDefinition {
  readonly ID: string;
  readonly Hash: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLRoleDefinition {
  readonly Name: string;
  readonly Description?: string;
  readonly Policies?: readonly ACLLink[] | null;
  readonly ServiceIdentities?: readonly ACLServiceIdentity[] | null;
  readonly NodeIdentities?: readonly ACLNodeIdentity[] | null;
  readonly TemplatedPolicies?: readonly ACLTemplatedPolicy[] | null;
  readonly Namespace?: string;
  readonly Partition?: string;
}

export interface ACLRole extends ACLRoleDefinition {
  readonly ID: string;
  readonly Hash: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLAuthMethodDefinition {
  readonly Name: string;
  /** "kubernetes", "jwt", "oidc" or "aws-iam". */
  readonly Type: string;
  readonly DisplayName?: string;
  readonly Description?: string;
  readonly MaxTokenTTL?: string;
  readonly TokenLocality?: "local" | "global";
  readonly Config: Readonly<Record<string, unknown>>;
  readonly NamespaceRules?: readonly { readonly Selector: string; readonly BindNamespace: string }[];
  readonly Namespace?: string;
  readonly Partition?: string;
}

export interface ACLAuthMethod extends ACLAuthMethodDefinition {
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLBindingRuleDefinition {
  readonly Description?: string;
  readonly AuthMethod: string;
  readonly Selector?: string;
  readonly BindType: "service" | "node" | "role" | "policy" | "templated-policy";
  readonly BindName: string;
  readonly BindVars?: { readonly Name?: string };
  readonly Namespace?: string;
  readonly Partition?: string;
}

export interface ACLBindingRule extends ACLBindingRuleDefinition {
  readonly ID: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLReplicationStatus {
  readonly Enabled: boolean;
  readonly Running: boolean;
  readonly SourceDatacenter: string;
  readonly ReplicationType: string;
  readonly ReplicatedIndex: number;
  readonly ReplicatedRoleIndex: number;
  readonly ReplicatedTokenIndex: number;
  readonly LastSuccess: string;
  readonly LastError: string;
  readonly LastErrorMessage: string;
}

export interface ACLTemplatedPolicyInfo {
  readonly TemplateName: string;
  readonly Schema: string;
  readonly Template: string;
  readonly Description: string;
}
