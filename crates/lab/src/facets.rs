//! The facet claims: numbers in random order, of which the even ones mean nothing.

use crate::random::Random;

/// Undocumented; in every token seen.
const EVERY: u64 = 3;
/// Undocumented; in tokens of Microsoft's own public clients.
const MICROSOFT_CLIENT: u64 = 5;
/// Undocumented; of every service principal.
const SERVICE_PRINCIPAL: u64 = 9;
/// Agent identity.
const AGENT: u64 = 11;
/// Agent's user account.
const AGENT_USER: u64 = 13;

/// Who a facet claim speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bearer {
    Agent,
    AgentUser,
    MicrosoftClient,
    ServicePrincipal,
    Tenant,
    Other,
}

/// The value of `xms_act_fct`, `xms_sub_fct` or `xms_tnt_fct`.
pub(crate) fn claim(bearer: Bearer, random: &mut dyn Random) -> String {
    let facets: &[u64] = match bearer {
        Bearer::Agent => &[EVERY, SERVICE_PRINCIPAL, AGENT],
        Bearer::AgentUser => &[EVERY, AGENT_USER],
        Bearer::MicrosoftClient => &[EVERY, MICROSOFT_CLIENT],
        Bearer::ServicePrincipal => &[EVERY, SERVICE_PRINCIPAL],
        Bearer::Tenant | Bearer::Other => &[EVERY],
    };
    noisy(facets, random)
}

/// The value of `xms_idrel`: one relationship and noise.
pub(crate) fn relationship(relationship: u64, random: &mut dyn Random) -> String {
    noisy(&[relationship], random)
}

fn noisy(facets: &[u64], random: &mut dyn Random) -> String {
    let noise = if facets.len() == 1 { 1 } else { random.below(3) };
    let mut numbers = facets.to_vec();
    for _ in 0..noise {
        numbers.push(random.between(1, 16).saturating_mul(2));
    }
    random.shuffle(&mut numbers);
    let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Bearer, claim, relationship};
    use crate::random::SeededRandom;

    #[test]
    fn the_odd_numbers_are_the_facets_in_any_order() {
        let mut random = SeededRandom::new(1);
        let mut forms = BTreeSet::new();
        for _ in 0..200 {
            let text = claim(Bearer::Agent, &mut random);
            let odd: BTreeSet<u64> =
                text.split(' ').map(|n| n.parse().unwrap()).filter(|n| n % 2 == 1).collect();
            assert_eq!(odd, BTreeSet::from([3, 9, 11]), "{text}");
            forms.insert(text);
        }
        assert!(forms.len() > 50, "neither order nor noise changes: {forms:?}");
    }

    #[test]
    fn a_relationship_has_company() {
        let text = relationship(7, &mut SeededRandom::new(2));
        assert_eq!(text.split(' ').count(), 2, "{text}");
        assert!(text.split(' ').any(|number| number == "7"), "{text}");
    }
}
