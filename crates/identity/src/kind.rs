//! What a token is, recognised before anything else is read from it.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// An access token for an API: the only kind that passes.
    AccessToken,
    /// A blueprint's exchange token for an agent (T1): a client assertion.
    BlueprintExchange,
    /// An agent's exchange token (X2) or any other token for the exchange audience.
    ExchangeToken,
    /// An OpenID Connect ID token.
    IdToken,
    /// An identity assertion authorisation grant (ID-JAG).
    IdJag,
    /// A proof, not a token: DPoP, WPT, key-binding and the like.
    Proof,
    /// An OpenID Connect or OAuth token of another purpose: logout token, client assertion,
    /// refresh token.
    OtherToken,
    /// A legacy Entra "actor" service token.
    ServiceActor,
    /// A transaction token.
    TransactionToken,
    /// The user's token for the blueprint (Tc): input of an on-behalf-of exchange.
    UserAssertion,
    /// A workload identity token bound to a key (WIT).
    WorkloadIdentityToken,
}

impl TokenKind {
    /// The name shown to people and in the verdict, for example `blueprint_exchange`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::BlueprintExchange => "blueprint_exchange",
            Self::ExchangeToken => "exchange_token",
            Self::IdToken => "id_token",
            Self::IdJag => "id_jag",
            Self::Proof => "proof",
            Self::OtherToken => "other_token",
            Self::ServiceActor => "service_actor",
            Self::TransactionToken => "transaction_token",
            Self::UserAssertion => "user_assertion",
            Self::WorkloadIdentityToken => "workload_identity_token",
        }
    }
}
