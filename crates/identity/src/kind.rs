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

impl TokenKind {
    /// All kinds, in the order of their names.
    pub const ALL: [Self; 11] = [
        Self::AccessToken,
        Self::BlueprintExchange,
        Self::ExchangeToken,
        Self::IdJag,
        Self::IdToken,
        Self::OtherToken,
        Self::Proof,
        Self::ServiceActor,
        Self::TransactionToken,
        Self::UserAssertion,
        Self::WorkloadIdentityToken,
    ];

    /// The kind in words, with its article, for sentences.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::AccessToken => "an access token",
            Self::BlueprintExchange => "a blueprint's exchange token for an agent (T1)",
            Self::ExchangeToken => "a token for the token exchange",
            Self::IdToken => "an ID token",
            Self::IdJag => "an identity assertion grant (ID-JAG)",
            Self::Proof => "a proof of possession",
            Self::OtherToken => "a token of another purpose",
            Self::ServiceActor => "a legacy service actor token",
            Self::TransactionToken => "a transaction token",
            Self::UserAssertion => "a user's token for a blueprint (Tc)",
            Self::WorkloadIdentityToken => "a workload identity token (WIT)",
        }
    }
}

impl serde::Serialize for TokenKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
