//! Routes of an API, in the order they are tried.

use vicar_bundle::{
    surface::Route,
    syntax::{self, TemplateSegment},
};

use super::{Findings, NAME, texts};
use crate::{
    diagnostic::quoted,
    source::surface::RouteSource,
    yaml::{Entries, Item, Placed},
};

/// The routes, each reachable.
pub(super) fn lower(
    routes: &Entries<Placed<Item<RouteSource>>>,
    findings: &mut Findings<'_>,
) -> Vec<Route> {
    let mut lowered: Vec<Route> = Vec::new();
    for (name, Placed { value: Item(route), place }) in routes.iter() {
        findings.require(name, syntax::is_name, "a route name", NAME);
        // The short form `name: "GET /"` has the place of the whole value.
        let place = if route.matches.place.line == 0 { *place } else { route.matches.place };
        let matches = Placed { value: route.matches.value.clone(), place };
        let Some((methods, path)) = matched(&matches, findings) else { continue };
        let route = Route {
            name: name.value.clone(),
            methods,
            path,
            scopes: texts(&route.scopes, "a scope", findings),
            labels: texts(&route.labels, "a label", findings),
        };
        for method in &route.methods {
            let hides = |earlier: &&Route| {
                earlier.methods.contains(method) && covers(&earlier.path, &route.path)
            };
            if let Some(earlier) = lowered.iter().find(hides) {
                let message = format!(
                    "{method} {} never reaches {}: {} above it takes all of it",
                    route.path,
                    quoted(&route.name),
                    quoted(&earlier.name)
                );
                findings.error(place, message).hint =
                    Some(format!("put {} first", quoted(&route.name)));
            }
        }
        lowered.push(route);
    }
    lowered
}

/// Methods and path of `GET,HEAD /orders/{id}`.
fn matched(text: &Placed<String>, findings: &mut Findings<'_>) -> Option<(Vec<String>, String)> {
    let parts = text.value.split_once(' ').and_then(|(methods, path)| {
        let mut methods: Vec<String> = methods.split(',').map(str::to_owned).collect();
        methods.sort();
        let count = methods.len();
        methods.dedup();
        let good = methods.len() == count
            && methods.iter().all(|method| syntax::is_method(method))
            && syntax::is_path_template(path);
        good.then(|| (methods, path.to_owned()))
    });
    if parts.is_none() {
        let message = format!("{} is not a match", quoted(&text.value));
        let expected = "upper-case methods and a path, for example `GET,HEAD /orders/{id}`; a \
            segment is text, `{name}`, or last `{name*}`";
        findings.error(text.place, message).expected = Some(expected.to_owned());
    }
    parts
}

/// Whether every path of `later` matches `earlier` too.
fn covers(earlier: &str, later: &str) -> bool {
    let mut later = syntax::segments(later).filter_map(TemplateSegment::parse);
    for segment in syntax::segments(earlier).filter_map(TemplateSegment::parse) {
        let covered = match (segment, later.next()) {
            (TemplateSegment::Rest(_), Some(_)) => return true,
            (TemplateSegment::Literal(one), Some(TemplateSegment::Literal(other))) => one == other,
            (
                TemplateSegment::Parameter(_),
                Some(TemplateSegment::Literal(_) | TemplateSegment::Parameter(_)),
            ) => true,
            _ => false,
        };
        if !covered {
            return false;
        }
    }
    later.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_route_covers_what_it_takes_whole() {
        for (earlier, later, want) in [
            ("/", "/", true),
            ("/", "/a", false),
            ("/{id}", "/a", true),
            ("/a", "/{id}", false),
            ("/{id}", "/{other}", true),
            ("/{id}", "/{rest*}", false),
            ("/{rest*}", "/a/{id}", true),
            ("/{rest*}", "/", false),
            ("/a/{rest*}", "/a/b/c", true),
            ("/a/{rest*}", "/b/c", false),
            ("/a/b", "/a", false),
        ] {
            assert_eq!(covers(earlier, later), want, "{earlier} {later}");
        }
    }
}
