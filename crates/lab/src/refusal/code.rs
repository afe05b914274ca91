//! The AADSTS codes that the lab knows, with what goes out beside them.

/// A code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The number after `AADSTS`; 0 where there is none.
    pub number: u32,
    /// The `error` value.
    pub error: &'static str,
    /// HTTP status.
    pub status: u16,
    /// The `suberror` value.
    pub suberror: Option<&'static str>,
}

const fn of(number: u32, error: &'static str) -> Code {
    Code { number, error, status: 400, suberror: None }
}

/// A client that did not prove itself: 401.
const fn client(number: u32) -> Code {
    Code { number, error: "invalid_client", status: 401, suberror: None }
}

const fn grant(number: u32) -> Code {
    of(number, "invalid_grant")
}

const fn with(code: Code, suberror: &'static str) -> Code {
    Code { suberror: Some(suberror), ..code }
}

/// UPN in `user_id`.
pub const GENERIC: Code = of(50000, "invalid_request");
/// The assertion of an on-behalf-of request is not valid.
pub const ASSERTION_INVALID: Code = grant(50013);
/// No such user.
pub const USER_UNKNOWN: Code = grant(50034);
/// The user is disabled.
pub const USER_DISABLED: Code = grant(50057);
/// A JWT that is none.
pub const TOKEN_MALFORMED: Code = of(50027, "invalid_request");
/// A certificate assertion whose `sub` is not its `iss`.
pub const SUBJECT_IS_NOT_ISSUER: Code = client(50048);
/// Multi-factor authentication is demanded.
pub const MFA_DEMANDED: Code = with(of(50076, "interaction_required"), "basic_action");
/// Enrolment for multi-factor authentication is demanded.
pub const MFA_ENROLMENT: Code = with(of(50079, "interaction_required"), "basic_action");
/// The user is not assigned to a resource that demands it.
pub const USER_NOT_ASSIGNED: Code = grant(50105);
/// The grant was revoked.
pub const GRANT_REVOKED: Code = with(grant(50173), "bad_token");
/// The assertion is for another application.
pub const ASSERTION_AUDIENCE: Code = grant(500_131);
/// The assertion is out of its time.
pub const ASSERTION_EXPIRED: Code = grant(500_133);
/// No such resource in the tenant.
pub const RESOURCE_UNKNOWN: Code = of(500_011, "invalid_resource");
/// The client has no role in a resource that demands one.
pub const NOT_ASSIGNED: Code = grant(501_051);
/// The device does not comply.
pub const DEVICE_NOT_COMPLIANT: Code = with(grant(53000), "message_only");
/// Conditional Access blocks.
pub const BLOCKED: Code = with(grant(53003), "message_only");
/// No consent.
pub const CONSENT_MISSING: Code = with(grant(65001), "consent_required");
/// A refresh token of somebody else.
pub const GRANT_INVALID: Code = grant(70000);
/// A grant type that there is not.
pub const GRANT_UNSUPPORTED: Code = of(70003, "unsupported_grant_type");
/// A scope that cannot be.
pub const SCOPE_INVALID: Code = of(70011, "invalid_scope");
/// Client credentials need `/.default`.
pub const SCOPE_NOT_DEFAULT: Code = of(1_002_012, "invalid_scope");
/// Scopes of two resources.
pub const TWO_RESOURCES: Code = of(28002, "invalid_scope");
/// The person has not decided yet.
pub const DEVICE_PENDING: Code = of(70016, "authorization_pending");
/// The person declined.
pub const DEVICE_DECLINED: Code = of(0, "authorization_declined");
/// No such device code.
pub const DEVICE_CODE_BAD: Code = of(70018, "bad_verification_code");
/// The device code is too old.
pub const DEVICE_CODE_EXPIRED: Code = of(70019, "expired_token");
/// The client is not in the tenant.
pub const CLIENT_UNKNOWN: Code = of(700_016, "unauthorized_client");
/// A client assertion for another audience.
pub const CLIENT_ASSERTION_AUDIENCE: Code = client(700_023);
/// A client assertion out of its time, a stale T1 included.
pub const CLIENT_ASSERTION_EXPIRED: Code = client(700_024);
/// A public client with a credential.
pub const PUBLIC_CLIENT_WITH_CREDENTIAL: Code = client(700_025);
/// The signature of a client assertion, or the certificate it names.
pub const CLIENT_ASSERTION_SIGNATURE: Code = client(700_027);
/// A refresh token that was not used for too long.
pub const REFRESH_EXPIRED: Code = with(grant(700_082), "bad_token");
/// No federated credential with this issuer.
pub const FEDERATED_ISSUER: Code = client(700_211);
/// No federated credential with this audience.
pub const FEDERATED_AUDIENCE: Code = client(700_212);
/// No federated credential with this subject.
pub const FEDERATED_SUBJECT: Code = client(700_213);
/// No federated credential with this audience, but in another letter case.
pub const FEDERATED_AUDIENCE_CASE: Code = client(7_002_121);
/// No federated credential with this subject, but in another letter case.
pub const FEDERATED_SUBJECT_CASE: Code = client(7_002_138);
/// Entra's own tokens are no federated credential, unless of a managed identity.
pub const FEDERATED_FROM_ENTRA: Code = client(700_222);
/// A federated token was got with a federated token.
pub const FEDERATED_CHAIN: Code = client(700_231);
/// The issuer's keys do not have the token's key.
pub const FEDERATED_KEY: Code = client(7_000_272);
/// The issuer's discovery document or keys cannot be had.
pub const FEDERATED_ISSUER_UNREACHABLE: Code = of(90061, "invalid_request");
/// An algorithm that is not supported.
pub const ALGORITHM_UNSUPPORTED: Code = of(5_002_738, "invalid_request");
/// The client is disabled.
pub const CLIENT_DISABLED: Code = of(7_000_112, "unauthorized_client");
/// The client may not act on behalf of anybody.
pub const ON_BEHALF_OF_FORBIDDEN: Code = grant(7_000_114);
/// A wrong secret.
pub const SECRET_WRONG: Code = client(7_000_215);
/// No credential, with client credentials.
pub const CREDENTIAL_MISSING: Code = client(7_000_216);
/// No credential, with any other grant.
pub const CREDENTIAL_ABSENT: Code = client(7_000_218);
/// An expired secret.
pub const SECRET_EXPIRED: Code = client(7_000_222);
/// An ID token as the assertion.
pub const ID_TOKEN_AS_ASSERTION: Code = grant(240_002);
/// A blueprint that asks for an app-only token of a resource.
pub const AGENTIC_APP_ONLY: Code = of(82001, "unauthorized_client");
/// A blueprint as the client of on-behalf-of.
pub const BLUEPRINT_ON_BEHALF_OF: Code = of(82002, "unauthorized_client");
/// A blueprint's exchange token without `fmi_path`.
pub const FMI_PATH_MISSING: Code = of(82008, "invalid_request");
/// Instance discovery for a host that is none of the cloud's.
pub const INSTANCE_UNKNOWN: Code = of(50049, "invalid_instance");
/// No such tenant.
pub const TENANT_UNKNOWN: Code = of(90002, "invalid_request");
/// A parameter is missing.
pub const PARAMETER_MISSING: Code = of(900_144, "invalid_request");
/// `resource` without `scope`.
pub const RESOURCE_PARAMETER: Code = of(901_002, "invalid_request");
/// `resource` beside `scope`.
pub const RESOURCE_AND_SCOPE: Code = of(9_010_010, "invalid_target");
/// The grant needs a tenant's own address.
pub const NOT_ON_COMMON: Code = of(9_001_023, "invalid_request");
/// A request that makes no sense.
pub const MALFORMED: Code = of(9_002_313, "invalid_request");
/// Throttled or out of order, by a fault.
pub const TRANSIENT: Code =
    Code { number: 90033, error: "temporarily_unavailable", status: 503, suberror: None };
