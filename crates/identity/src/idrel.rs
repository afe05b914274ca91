//! `xms_idrel`: how the subject relates to the tenant that issued the token.
//!
//! The form is that of [`facets`](crate::facets); unknown odd values are ignored.

use crate::{facets::Facets, identity::Relationship};

/// Who can have a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A device.
    Device,
    /// An application, managed identity or agent identity.
    ServicePrincipal,
    /// A user account.
    User,
}

/// A documented value of `xms_idrel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The number.
    pub value: u32,
    /// Its meaning in plain words.
    pub meaning: &'static str,
    /// Who can have it.
    pub holder: Holder,
    /// What it makes the subject for policies.
    pub relationship: Relationship,
}

/// All documented values, smallest first.
pub const TABLE: [Relation; 17] = {
    use Holder::{Device, ServicePrincipal, User};
    use Relationship::{Guest, Member, Partner, ServicePrincipal as Service, Unknown};
    [
        row(1, "member user", User, Member),
        row(3, "Microsoft-account member user", User, Member),
        row(5, "guest user", User, Guest),
        row(7, "service principal", ServicePrincipal, Service),
        row(9, "device principal", Device, Unknown),
        row(11, "partner administrator (GDAP)", User, Partner),
        row(13, "application without service principal", ServicePrincipal, Service),
        row(15, "passthrough user", User, Partner),
        row(17, "native identity user with profile", User, Unknown),
        row(19, "native identity user", User, Unknown),
        row(21, "native-identity Teams meeting participant", User, Unknown),
        row(23, "passthrough authenticated Teams meeting participant", User, Partner),
        row(25, "native-identity content-sharing user", User, Unknown),
        row(27, "fully synced multi-tenant-organisation member", User, Member),
        row(29, "weak multi-tenant-organisation user", User, Guest),
        row(31, "partner administrator (DAP)", User, Partner),
        row(33, "federated managed identity", ServicePrincipal, Service),
    ]
};

/// The documented relations among the values of the claim.
pub fn relations(values: &Facets) -> impl Iterator<Item = &'static Relation> {
    TABLE.iter().filter(|relation| values.contains(relation.value))
}

const fn row(
    value: u32,
    meaning: &'static str,
    holder: Holder,
    relationship: Relationship,
) -> Relation {
    Relation { value, meaning, holder, relationship }
}

#[cfg(test)]
mod tests {
    use super::{TABLE, relations};
    use crate::facets::Facets;

    #[test]
    fn values_are_odd_and_sorted() {
        assert!(TABLE.is_sorted_by(|left, right| left.value < right.value));
        assert!(TABLE.iter().all(|relation| relation.value % 2 == 1));
    }

    #[test]
    fn unknown_and_even_values_are_ignored() {
        let values = Facets::parse("35 2 7 99").unwrap();
        let meanings: Vec<_> = relations(&values).map(|relation| relation.meaning).collect();
        assert_eq!(meanings, ["service principal"]);
    }
}
