/**
 * Every key that Consul v1.21's configuration files may hold (developer.hashicorp.com/consul/docs/agent/config/config-files), so
 * that a misspelt one is told from one that has no meaning here. A group is named by its path; `*` is any key.
 */
const TABLE = `
acl: enabled enable_token_replication policy_ttl role_ttl token_ttl down_policy default_policy enable_key_list_policy tokens enable_token_persistence msp_disable_bootstrap
acl.tokens: initial_management replication agent_recovery default agent config_file_service_registration dns managed_service_provider master agent_master
addresses: dns http https grpc grpc_tls
auto_config: *
auto_encrypt: tls dns_san ip_san allow_tls
autopilot: cleanup_dead_servers last_contact_threshold max_trailing_logs min_quorum server_stabilization_time disable_upgrade_migration redundancy_zone_tag upgrade_version_tag
audit: enabled sink rpc_enabled
cache: entry_fetch_max_burst entry_fetch_rate
cloud: resource_id client_id client_secret hostname auth_url scada_address
config_entries: bootstrap
connect: enabled ca_provider ca_config enable_mesh_gateway_wan_federation test_ca_leaf_root_change_spread
consul: update_batch_size update_max_batches update_period election_timeout heartbeat_timeout leader_lease_timeout health_interval
dns_config: allow_stale a_record_limit disable_compression enable_truncate max_stale node_ttl only_passing recursor_strategy recursor_timeout service_ttl udp_answer_limit enable_additional_node_meta_txt soa use_cache cache_max_age prefer_namespace
dns_config.soa: refresh retry expire min_ttl
gossip_lan: gossip_nodes gossip_interval probe_interval probe_timeout suspicion_mult retransmit_mult
gossip_wan: gossip_nodes gossip_interval probe_interval probe_timeout suspicion_mult retransmit_mult
http_config: block_endpoints allow_write_http_from response_headers use_cache max_header_bytes
limits: http_max_conns_per_client https_handshake_timeout request_limits rpc_client_timeout rpc_handshake_timeout rpc_max_burst rpc_max_conns_per_client rpc_rate kv_max_value_size txn_max_req_len
limits.request_limits: mode read_rate write_rate
locality: region zone
peering: enabled test_allow_peer_registrations
performance: leave_drain_time raft_multiplier rpc_hold_timeout grpc_keepalive_interval grpc_keepalive_timeout enable_xds_load_balancing
ports: dns http https serf_lan serf_wan server grpc grpc_tls proxy_min_port proxy_max_port sidecar_min_port sidecar_max_port expose_min_port expose_max_port
raft_logstore: backend disable_log_cache verification boltdb wal
reporting: license
rpc: enable_streaming
telemetry: *
tls: defaults internal_rpc https grpc
tls.defaults: ca_file ca_path cert_file key_file tls_min_version tls_cipher_suites verify_incoming verify_outgoing verify_server_hostname use_auto_cert
tls.internal_rpc: ca_file ca_path cert_file key_file tls_min_version tls_cipher_suites verify_incoming verify_outgoing verify_server_hostname use_auto_cert
tls.https: ca_file ca_path cert_file key_file tls_min_version tls_cipher_suites verify_incoming verify_outgoing verify_server_hostname use_auto_cert
tls.grpc: ca_file ca_path cert_file key_file tls_min_version tls_cipher_suites verify_incoming verify_outgoing verify_server_hostname use_auto_cert
ui_config: enabled dir content_path metrics_provider metrics_provider_files metrics_provider_options_json metrics_proxy dashboard_url_templates
unix_sockets: group mode user
xds: update_max_per_second
`;

const PLAIN = `
advertise_addr advertise_addr_ipv4 advertise_addr_ipv6 advertise_addr_wan advertise_addr_wan_ipv4 advertise_addr_wan_ipv6
advertise_reconnect_timeout ae_interval alt_domain auto_reload_config bind_addr bootstrap bootstrap_expect build_date check
check_deregister_interval_min check_output_max_size check_reap_interval check_update_interval checks client_addr data_dir
datacenter default_intention_policy default_query_time disable_anonymous_signature disable_coordinates disable_host_node_id
disable_http_unprintable_char_filter disable_keyring_file disable_remote_exec disable_update_check discard_check_output
discovery_max_stale domain enable_agent_tls_for_checks enable_central_service_config enable_debug enable_local_script_checks
enable_script_checks enable_syslog encrypt encrypt_verify_incoming encrypt_verify_outgoing experiments leave_on_terminate
license_path license_poll_base_time license_poll_max_time license_update_base_time license_update_max_time log_file log_json
log_level log_rotate_bytes log_rotate_duration log_rotate_max_files max_query_time node_id node_meta node_name
non_voting_server partition pid_file primary_datacenter primary_gateways primary_gateways_interval protocol
raft_prevote_disabled raft_protocol raft_snapshot_interval raft_snapshot_threshold raft_trailing_logs read_replica
reconnect_timeout reconnect_timeout_wan recursors rejoin_after_leave retry_interval retry_interval_wan retry_join
retry_join_wan retry_max retry_max_wan revision segment segment_limit segment_name_limit segments serf_lan
serf_lan_allowed_cidrs serf_wan serf_wan_allowed_cidrs server server_name server_rejoin_age_max service services
session_ttl_min skip_leave_on_interrupt snapshot_agent sync_coordinate_interval_min sync_coordinate_rate_target
syslog_facility tagged_addresses translate_wan_addrs ui ui_content_path ui_dir use_streaming_backend version
version_metadata version_prerelease watches
acl_agent_master_token acl_agent_token acl_datacenter acl_default_policy acl_down_policy acl_enable_key_list_policy
acl_master_token acl_replication_token acl_token acl_ttl ca_file ca_path cert_file enable_acl_replication key_file raft_boltdb
start_join start_join_wan tls_cipher_suites tls_min_version tls_prefer_server_cipher_suites verify_incoming
verify_incoming_https verify_incoming_rpc verify_outgoing verify_server_hostname
`;

const GROUPS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  TABLE.trim()
    .split("\n")
    .map((line) => {
      const [group = "", names = ""] = line.split(": ");
      return [group, new Set(names.split(" "))] as const;
    }),
);

const TOP: ReadonlySet<string> = new Set([...PLAIN.trim().split(/\s+/), ...[...GROUPS.keys()].filter((group) => !group.includes("."))]);

/** Paths of the keys that Consul does not know, as "dns_config.nod_ttl". */
export function unknownKeys(config: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(config).flatMap((key) => (TOP.has(key) ? unknownWithin(key, config[key]) : [key]));
}

function unknownWithin(group: string, value: unknown): readonly string[] {
  const known = GROUPS.get(group);
  if (known === undefined || known.has("*") || typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = `${group}.${key}`;
    return known.has(key) ? unknownWithin(path, inner) : [path];
  });
}
