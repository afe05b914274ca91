//! What is known of a request from its head.

use std::{borrow::Cow, sync::Arc};

use vicar::{Call, Operation, Refusal, SectionKind};

use crate::{
    Field, Head, RouteSettings, authorization,
    gateway::Terms,
    refusals,
    settings::{Enforcement, Evidence},
};

/// What is known of a request from its head. Borrows from the head while that is at hand, so that
/// a request that is judged at once copies nothing.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'h> {
    pub(crate) method: Cow<'h, str>,
    pub(crate) scheme: Cow<'h, str>,
    pub(crate) host: Cow<'h, str>,
    /// Without query.
    pub(crate) path: Cow<'h, str>,
    /// Headers that policies may read.
    pub(crate) headers: Vec<(Arc<str>, Cow<'h, str>)>,
    pub(crate) token: Result<Carried<'h>, Refusal>,
    /// What serves the request, where that makes a difference.
    pub(crate) place: Option<Place>,
    /// Of a request that is judged by its body.
    pub(crate) content: Content<'h>,
    /// Asked for when audit is on.
    pub(crate) request_id: Option<Cow<'h, str>>,
    pub(crate) route: Cow<'h, RouteSettings>,
    pub(crate) end_of_stream: bool,
}

/// A token, or the claims of one.
#[derive(Clone, Debug)]
pub(crate) enum Carried<'h> {
    Bearer(Cow<'h, str>),
    Vouched { issuer: Option<Cow<'h, str>>, header: Option<Cow<'h, [u8]>>, claims: Cow<'h, [u8]> },
}

/// What serves a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kind: SectionKind,
    pub(crate) name: String,
    /// The path below the place's own, decoded.
    pub(crate) below: Vec<String>,
}

/// Fields about the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content<'h> {
    pub(crate) content_type: Option<Cow<'h, str>>,
    pub(crate) encoding: Option<Cow<'h, str>>,
    pub(crate) length: Option<usize>,
    pub(crate) mcp_method: Option<Cow<'h, str>>,
    pub(crate) mcp_name: Option<Cow<'h, str>>,
    pub(crate) mcp_protocol_version: Option<Cow<'h, str>>,
    /// A field that stands twice or is no text.
    pub(crate) unreadable: Option<&'static str>,
}

impl<'h> Facts<'h> {
    /// Reads what every request has, and what is wrong with it.
    pub(crate) fn read<H: Head + ?Sized>(
        head: &'h H,
        route: &'h RouteSettings,
        terms: &Terms,
    ) -> (Self, Option<Refusal>) {
        let pseudo = |name| match text(head.field(name)) {
            Text::Once(value) if !value.is_empty() => Ok(value),
            Text::Once(_) | Text::Absent => Err(refusals::head_malformed(name, "is missing")),
            Text::Repeated => Err(refusals::head_malformed(name, "stands more than once")),
            Text::Unreadable => Err(refusals::head_malformed(name, "is not text")),
        };
        let (method, host, target) = (pseudo(":method"), pseudo(":authority"), pseudo(":path"));
        let (path, query) = match &target {
            Ok(target) => split(target),
            Err(_) => (Cow::default(), None),
        };
        let problem = [&method, &host, &target].into_iter().find_map(|read| read.as_ref().err());
        let problem = problem.cloned();
        let mut facts = Self {
            method: method.unwrap_or_default(),
            scheme: match text(head.field(":scheme")) {
                Text::Once(scheme) => scheme,
                Text::Absent | Text::Repeated | Text::Unreadable => Cow::default(),
            },
            host: host.unwrap_or_default(),
            path,
            headers: Vec::new(),
            token: Err(Refusal::no_token()),
            place: None,
            content: Content::default(),
            request_id: None,
            route: Cow::Borrowed(route),
            end_of_stream: head.end_of_stream(),
        };
        if terms.settings.audit {
            facts.request_id = text(head.field("x-request-id")).once();
        }
        if problem.is_some() {
            return (facts, problem);
        }
        facts.token = match authorization::query(query.as_deref().unwrap_or_default()) {
            Ok(()) => carried(head, terms.settings.evidence),
            Err(refusal) => Err(refusal),
        };
        for name in terms.listed.iter() {
            if let Text::Once(value) = text(head.field(name)) {
                facts.headers.push((Arc::clone(name), value));
            }
        }
        (facts, None)
    }

    /// Reads what a body is judged by.
    pub(crate) fn read_content<H: Head + ?Sized>(&mut self, head: &'h H) {
        let mut unreadable = None;
        let mut field = |name: &'static str| match text(head.field(name)) {
            Text::Once(value) => Some(value),
            Text::Absent => None,
            Text::Repeated | Text::Unreadable => {
                unreadable = unreadable.or(Some(name));
                None
            }
        };
        self.content = Content {
            content_type: field("content-type"),
            encoding: field("content-encoding"),
            length: field("content-length").and_then(|length| length.parse().ok()),
            mcp_method: field("mcp-method"),
            mcp_name: field("mcp-name"),
            mcp_protocol_version: field("mcp-protocol-version"),
            unreadable: None,
        };
        self.content.unreadable = unreadable;
    }

    /// The facts for as long as the request waits.
    pub(crate) fn into_owned(self) -> Facts<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let content = self.content;
        Facts {
            method: own(self.method),
            scheme: own(self.scheme),
            host: own(self.host),
            path: own(self.path),
            headers: self.headers.into_iter().map(|(name, value)| (name, own(value))).collect(),
            token: self.token.map(Carried::into_owned),
            place: self.place,
            content: Content {
                content_type: content.content_type.map(own),
                encoding: content.encoding.map(own),
                length: content.length,
                mcp_method: content.mcp_method.map(own),
                mcp_name: content.mcp_name.map(own),
                mcp_protocol_version: content.mcp_protocol_version.map(own),
                unreadable: content.unreadable,
            },
            request_id: self.request_id.map(own),
            route: Cow::Owned(self.route.into_owned()),
            end_of_stream: self.end_of_stream,
        }
    }

    /// The headers as a call takes them.
    pub(crate) fn listed(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (&**name, &**value)).collect()
    }

    /// The call, for a token that was admitted already.
    pub(crate) fn call<'a>(
        &'a self,
        headers: &'a [(&'a str, &'a str)],
        operation: Operation<'a>,
    ) -> Call<'a> {
        Call {
            token: None,
            method: &self.method,
            scheme: &self.scheme,
            host: &self.host,
            path: &self.path,
            headers,
            operation,
        }
    }

    pub(crate) fn is_mcp(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.kind == SectionKind::Mcp)
    }

    /// Whether a deny only is recorded. `bundle`: what the bundle says.
    pub(crate) fn observes(&self, bundle: bool) -> bool {
        match self.route.enforcement {
            Enforcement::Bundle => bundle,
            Enforcement::Require => false,
            Enforcement::Shadow | Enforcement::Skip => true,
        }
    }
}

impl Carried<'_> {
    fn into_owned(self) -> Carried<'static> {
        match self {
            Self::Bearer(token) => Carried::Bearer(Cow::Owned(token.into_owned())),
            Self::Vouched { issuer, header, claims } => Carried::Vouched {
                issuer: issuer.map(|issuer| Cow::Owned(issuer.into_owned())),
                header: header.map(|header| Cow::Owned(header.into_owned())),
                claims: Cow::Owned(claims.into_owned()),
            },
        }
    }
}

fn carried<H: Head + ?Sized>(head: &H, evidence: Evidence) -> Result<Carried<'_>, Refusal> {
    match evidence {
        Evidence::Verify => authorization::token(head.field("authorization")).map(Carried::Bearer),
        Evidence::Vouched => {
            let vouched = head.vouched().ok_or_else(Refusal::no_token)?;
            let crate::Vouched { issuer, header, claims } = vouched;
            Ok(Carried::Vouched { issuer, header, claims })
        }
    }
}

/// Path and query of a request target.
fn split<'h>(target: &Cow<'h, str>) -> (Cow<'h, str>, Option<Cow<'h, str>>) {
    match target {
        Cow::Borrowed(target) => match target.split_once('?') {
            Some((path, query)) => (Cow::Borrowed(path), Some(Cow::Borrowed(query))),
            None => (Cow::Borrowed(target), None),
        },
        Cow::Owned(target) => match target.split_once('?') {
            Some((path, query)) => {
                (Cow::Owned(path.to_owned()), Some(Cow::Owned(query.to_owned())))
            }
            None => (Cow::Owned(target.clone()), None),
        },
    }
}

/// A field as text.
pub(crate) enum Text<'h> {
    Absent,
    Once(Cow<'h, str>),
    Repeated,
    Unreadable,
}

impl<'h> Text<'h> {
    pub(crate) fn once(self) -> Option<Cow<'h, str>> {
        match self {
            Self::Once(value) => Some(value),
            Self::Absent | Self::Repeated | Self::Unreadable => None,
        }
    }
}

pub(crate) fn text(field: Field<'_>) -> Text<'_> {
    let read = match field {
        Field::Absent => return Text::Absent,
        Field::Repeated => return Text::Repeated,
        Field::Once(Cow::Borrowed(bytes)) => std::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
        Field::Once(Cow::Owned(bytes)) => String::from_utf8(bytes).map(Cow::Owned).ok(),
    };
    read.map_or(Text::Unreadable, Text::Once)
}
