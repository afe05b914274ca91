//! The routes of an API, made ready for look-ups.

use std::sync::Arc;

use vicar_bundle::surface::Api;
use vicar_policy::{EntityUid, Named, Value};

use crate::{
    path::written,
    vocabulary::{
        names,
        offered::{Offered, Offering},
    },
};

#[derive(Clone, Debug)]
pub(crate) struct IndexedApi {
    pub(crate) methods: Named<EntityUid>,
    pub(crate) routes: Vec<IndexedRoute>,
    /// The first route of those that begin with this segment; the others hang behind it.
    beginning_with: Named<u32>,
    /// Routes that begin with a parameter.
    open: Vec<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedRoute {
    pub(crate) offered: Offered,
    methods: Vec<String>,
    template: Template,
    /// The next route that begins with the same segment.
    next: Option<u32>,
}

impl IndexedApi {
    pub(super) fn new(api: &Api) -> Self {
        let mut offering = Offering::routes(&api.name);
        let mut routes: Vec<IndexedRoute> = api
            .routes
            .iter()
            .map(|route| IndexedRoute {
                offered: offering.offered(&route.name, &route.scopes, &route.labels),
                methods: route.methods.clone(),
                template: Template::parse(&route.path),
                next: None,
            })
            .collect();
        let methods = api.routes.iter().flat_map(|route| &route.methods);
        let methods = methods.map(|method| (&**method, names::action(method))).collect();
        let beginning_with: Named<u32> = (0..)
            .zip(&routes)
            .filter_map(|(row, route)| Some((route.template.first()?, row)))
            .collect();
        let mut last: Vec<u32> = (0..routes.len() as u32).collect();
        let mut open = Vec::new();
        for row in 0..routes.len() {
            let first = routes.get(row).and_then(|route| route.template.first());
            let Some(head) = first.map(|first| beginning_with.get(first)) else {
                open.push(row as u32);
                continue;
            };
            let Some(end) = head.and_then(|head| last.get_mut(*head as usize)) else { continue };
            let before = std::mem::replace(end, row as u32);
            if let Some(route) = routes.get_mut(before as usize).filter(|_| before != row as u32) {
                route.next = Some(row as u32);
            }
        }
        Self { methods, routes, beginning_with, open }
    }

    /// The first route in the bundle's order that serves a decoded path below the API, with its
    /// parameters.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<(&IndexedRoute, Captured)> {
        let first = path.split('/').next().unwrap_or_default();
        let mut literal = self.beginning_with.get(first).copied();
        let mut open = self.open.iter().copied();
        let mut next_open = open.next();
        loop {
            let row = match (literal, next_open) {
                (None, None) => return None,
                (Some(row), Some(other)) if row < other => row,
                (Some(row), None) => row,
                (_, Some(row)) => row,
            };
            let route = self.routes.get(row as usize)?;
            match literal == Some(row) {
                true => literal = route.next,
                false => next_open = open.next(),
            }
            if route.methods.iter().any(|known| known == method)
                && let Some(captured) = route.template.captures(path)
            {
                return Some((route, captured));
            }
        }
    }
}

/// The parameters of a path, by name.
pub(super) type Captured = Vec<(Arc<str>, Value)>;

/// A path template.
#[derive(Clone, Debug)]
struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Literal(String),
    Parameter(Arc<str>),
    Rest(Arc<str>),
}

impl Template {
    fn parse(text: &str) -> Self {
        let part = |segment: String| match segment
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) => match name.strip_suffix('*') {
                Some(name) => Part::Rest(name.into()),
                None => Part::Parameter(name.into()),
            },
            None => Part::Literal(segment),
        };
        Self { parts: written(text).into_iter().map(part).collect() }
    }

    /// The segment that every path of it begins with; the empty one for `/`.
    fn first(&self) -> Option<&str> {
        match self.parts.first() {
            None => Some(""),
            Some(Part::Literal(segment)) => Some(segment),
            Some(Part::Parameter(_) | Part::Rest(_)) => None,
        }
    }

    /// The parameters' values, when a decoded path fits the template.
    fn captures(&self, path: &str) -> Option<Captured> {
        let mut captured = Vec::new();
        let mut rest = path;
        for part in &self.parts {
            if let Part::Rest(name) = part {
                captured.push((name.clone(), Value::String(rest.into())));
                return Some(captured);
            }
            if rest.is_empty() {
                return None;
            }
            let (first, others) = rest.split_once('/').unwrap_or((rest, ""));
            match part {
                Part::Literal(literal) if literal != first => return None,
                Part::Literal(_) | Part::Rest(_) => {}
                Part::Parameter(name) => {
                    captured.push((name.clone(), Value::String(first.into())));
                }
            }
            rest = others;
        }
        rest.is_empty().then_some(captured)
    }
}

#[cfg(test)]
mod tests {
    use vicar_bundle::surface::{Place, Route};

    use super::*;

    fn captures(template: &str, path: &[&str]) -> Option<Vec<(String, Value)>> {
        Template::parse(template)
            .captures(&path.join("/"))
            .map(|found| found.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
    }

    #[test]
    fn a_template_captures_whole_segments() {
        let id = |value: &str| vec![("id".to_owned(), Value::String(value.into()))];
        assert_eq!(captures("/{id}", &["7"]), Some(id("7")));
        assert_eq!(captures("/{id}", &["7", "lines"]), None);
        assert_eq!(captures("/{id}", &[]), None);
        assert_eq!(captures("/orders/{id*}", &["orders", "7", "lines"]), Some(id("7/lines")));
        assert_eq!(captures("/", &[]), Some(Vec::new()));
        assert_eq!(captures("/a", &["b"]), None);
    }

    fn api(templates: &[&str]) -> IndexedApi {
        let routes = templates.iter().enumerate().map(|(number, path)| Route {
            name: number.to_string(),
            methods: vec!["GET".to_owned()],
            path: (*path).to_owned(),
            scopes: Vec::new(),
            labels: Vec::new(),
        });
        let place = Place { hosts: Vec::new(), path: String::new(), audiences: Vec::new() };
        IndexedApi::new(&Api {
            name: "api".to_owned(),
            site: None,
            place,
            routes: routes.collect(),
        })
    }

    proptest::proptest! {
        #[test]
        fn the_first_route_in_order_is_found(
            templates in proptest::collection::vec("(/(a|b|\\{x\\})(/(a|\\{y\\}|\\{z\\*\\}))?|/)", 0..8),
            path in "(a|b|c)?(/(a|b|c)){0,2}",
        ) {
            let templates: Vec<&str> = templates.iter().map(String::as_str).collect();
            let api = api(&templates);
            let wanted = templates.iter().position(|text| Template::parse(text).captures(&path).is_some());
            let found = api.find("GET", &path).map(|(route, _)| route.offered.uid.id.to_string());
            proptest::prop_assert_eq!(found, wanted.map(|number| format!("api/{number}")));
            proptest::prop_assert!(api.find("PUT", &path).is_none());
        }
    }
}
