//! Which `aud` a token may have, by the scopes it was asked for with.

use vicar_exchange::Scopes;
use vicar_identity::guid;

/// The resource's URI as asked for (version 1.0), with and without a closing slash, and its app id
/// where the URI holds it (version 2.0); then what the configuration adds.
pub fn of(scopes: &Scopes, configured: &[String]) -> Vec<String> {
    let mut audiences: Vec<String> = Vec::new();
    let mut add = |audience: String| {
        if !audiences.contains(&audience) {
            audiences.push(audience);
        }
    };
    let resource = scopes.iter().find(|scope| !SIGN_IN.contains(scope)).map(resource);
    for audience in resource.iter().filter(|resource| !resource.is_empty()) {
        let bare = audience.strip_suffix('/').unwrap_or(audience);
        add((*audience).to_owned());
        add(bare.to_owned());
        add(format!("{bare}/"));
        if let Some(id) = guid::parse(bare.strip_prefix("api://").unwrap_or(bare)) {
            add(format!("api://{id}"));
            add(id);
        }
    }
    // Bare permissions are Microsoft Graph's.
    if resource.is_some_and(|resource| {
        resource.is_empty() || resource.strip_suffix('/').unwrap_or(resource) == GRAPH
    }) {
        for audience in [GRAPH, "https://graph.microsoft.com/", GRAPH_ID] {
            add(audience.to_owned());
        }
    }
    configured.iter().cloned().for_each(add);
    audiences
}

fn resource(scope: &str) -> &str {
    match scope.rsplit_once('/') {
        Some((resource, _)) => resource,
        None => "",
    }
}

const SIGN_IN: [&str; 4] = ["openid", "profile", "email", "offline_access"];
const GRAPH: &str = "https://graph.microsoft.com";
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_follow_the_scopes() {
        let of = |scope: &str| of(&Scopes::parse(&[scope]).unwrap(), &["x".to_owned()]);
        let id = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
        let api = format!("api://{id}");
        assert_eq!(
            of(&format!("{api}/.default")),
            [&*api, &*format!("{api}/"), id, "x"].map(str::to_owned)
        );
        assert!(of("User.Read").contains(&GRAPH_ID.to_owned()));
        assert!(of("https://graph.microsoft.com//.default").contains(&GRAPH.to_owned()));
        assert_eq!(
            of("api://plain.example/.default"),
            ["api://plain.example", "api://plain.example/", "x"]
        );
    }
}
