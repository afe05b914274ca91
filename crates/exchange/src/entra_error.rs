//! What is known of Entra's error codes, and what to do about an error.
//!
//! Which way an exchange goes on depends on `error` and `suberror` alone ([`Class::of`]): codes
//! and texts may change. The table `entra_error/codes.txt` is advice for people, with one effect:
//! a code of class `stop` makes a refusal final.

use serde::Serialize;

/// What kind of refusal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The user has to sign in again, as the challenge says.
    ChallengeUser,
    /// Client, credential, resource or request are set up wrongly.
    FixConfiguration,
    /// Someone has to consent or assign.
    GetConsent,
    /// A device code is not used yet.
    Poll,
    /// The token that was presented has to be replaced by a new one.
    Renew,
    /// The same request may succeed later.
    Retry,
    /// Asking again cannot help.
    Stop,
    /// A user would have to sign in, but the agent acts without one (domain case 62).
    Unattended,
}

impl Class {
    /// By `error` and `suberror` (RFC 6749 section 5.2, RFC 8628 section 3.5, Entra's additions).
    /// What is not known is not tried again.
    pub fn of(error: &str, suberror: Option<&str>) -> Self {
        match (error, suberror) {
            ("authorization_pending" | "slow_down", _) => Self::Poll,
            ("consent_required", _) | ("invalid_grant", Some("consent_required")) => {
                Self::GetConsent
            }
            (
                "interaction_required" | "invalid_grant",
                Some(
                    "additional_action" | "basic_action" | "message_only" | "user_password_expired",
                ),
            )
            | ("interaction_required" | "login_required", _) => Self::ChallengeUser,
            ("invalid_grant", Some("client_mismatch")) => Self::FixConfiguration,
            ("invalid_grant", Some("protection_policy_required")) => Self::Stop,
            ("invalid_grant", _) => Self::Renew,
            (
                "invalid_client"
                | "invalid_request"
                | "invalid_resource"
                | "invalid_scope"
                | "invalid_target"
                | "unauthorized_client"
                | "unsupported_grant_type",
                _,
            ) => Self::FixConfiguration,
            ("server_error" | "temporarily_unavailable", _) => Self::Retry,
            _ => Self::Stop,
        }
    }

    /// The name in documents and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChallengeUser => "challenge_user",
            Self::FixConfiguration => "fix_configuration",
            Self::GetConsent => "get_consent",
            Self::Poll => "poll",
            Self::Renew => "renew",
            Self::Retry => "retry",
            Self::Stop => "stop",
            Self::Unattended => "unattended",
        }
    }

    /// What would change it, when nothing more is known.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::ChallengeUser => {
                "pass the challenge on to the user's client, which signs in anew"
            }
            Self::FixConfiguration => {
                "compare client, credential, scope and tenant with the directory"
            }
            Self::GetConsent => "have an administrator consent for the agent identity",
            Self::Poll => "wait for the person to sign in",
            Self::Renew => "obtain a new token of the user and exchange that",
            Self::Retry => "try again later",
            Self::Stop => "do not try again; ask the tenant's administrator",
            Self::Unattended => {
                "let the agent act for a user who can sign in, or change the Conditional Access \
                 policy for agents"
            }
        }
    }

    const ALL: [Self; 8] = [
        Self::ChallengeUser,
        Self::FixConfiguration,
        Self::GetConsent,
        Self::Poll,
        Self::Renew,
        Self::Retry,
        Self::Stop,
        Self::Unattended,
    ];
}

/// What is known of one AADSTS code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The number after `AADSTS`.
    pub code: u32,
    /// What kind of trouble it is.
    pub class: Class,
    /// What it means here, in one sentence.
    pub sentence: &'static str,
    /// What would change it.
    pub remedy: &'static str,
}

/// The advice for `code`, if there is any.
pub fn advice(code: u32) -> Option<Advice> {
    table().find(|advice| advice.code == code)
}

/// Every row, smallest code first.
pub fn table() -> impl Iterator<Item = Advice> {
    // Read line by line when an error has happened: nothing is kept in memory for it.
    TABLE.lines().filter_map(row)
}

const TABLE: &str = include_str!("entra_error/codes.txt");

/// `code | class | sentence | remedy`; other lines are comments.
fn row(line: &'static str) -> Option<Advice> {
    let mut cells = line.split('|').map(str::trim);
    let code = cells.next()?.parse().ok()?;
    let name = cells.next()?;
    let class = Class::ALL.into_iter().find(|class| class.name() == name)?;
    let (sentence, remedy) = (cells.next()?, cells.next()?);
    cells.next().is_none().then_some(Advice { code, class, sentence, remedy })
}

#[cfg(test)]
mod tests {
    use super::{Class, TABLE, advice, row, table};

    #[test]
    fn every_line_is_a_comment_or_a_row_in_order() {
        for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let row = row(line).unwrap_or_else(|| panic!("not a row: {line}"));
            assert!(row.sentence.len() > 10 && row.remedy.len() > 5, "{line}");
            assert!(!row.sentence.ends_with('.') && !row.remedy.ends_with('.'), "{line}");
        }
        let codes: Vec<u32> = table().map(|row| row.code).collect();
        assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
    }

    #[test]
    fn every_code_of_the_field_guide_has_a_row() {
        let codes = include_str!("../tests/data/codes.txt");
        let mut seen = 0;
        for line in codes.lines().filter(|line| !line.starts_with('#')) {
            let (code, class) = line.split_once(' ').unwrap();
            let row = advice(code.parse().unwrap()).unwrap_or_else(|| panic!("no row for {code}"));
            assert_eq!(row.class.name(), class, "{code}");
            seen += 1;
        }
        assert_eq!(seen, table().count(), "a row that the list of codes lacks");
    }

    #[test]
    fn the_branch_is_by_error_and_suberror() {
        for (error, suberror, class) in [
            ("invalid_grant", Some("consent_required"), Class::GetConsent),
            ("invalid_grant", None, Class::Renew),
            ("invalid_grant", Some("bad_token"), Class::Renew),
            ("invalid_grant", Some("basic_action"), Class::ChallengeUser),
            ("interaction_required", Some("basic_action"), Class::ChallengeUser),
            ("interaction_required", None, Class::ChallengeUser),
            ("interaction_required", Some("consent_required"), Class::ChallengeUser),
            ("invalid_client", None, Class::FixConfiguration),
            ("unauthorized_client", None, Class::FixConfiguration),
            ("temporarily_unavailable", None, Class::Retry),
            ("server_error", None, Class::Retry),
            ("authorization_pending", None, Class::Poll),
            ("access_denied", None, Class::Stop),
            ("something_new", None, Class::Stop),
        ] {
            assert_eq!(Class::of(error, suberror), class, "{error} {suberror:?}");
        }
    }
}
