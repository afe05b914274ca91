//! The request to decide on.

use crate::{
    call::{CallDocument, OwnedCall, OwnedOperation},
    failure::{Failure, code, excerpt},
    input::{DOCUMENT_LIMIT, Source},
};

/// The request, by options or as a document.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Request")]
pub(super) struct RequestArguments {
    /// Address of the request: scheme, host and path
    #[arg(long, value_name = "URL", required_unless_present = "request")]
    url: Option<String>,
    /// HTTP method; POST if it is an MCP message or a model's call, else GET
    #[arg(long, short = 'X', value_name = "METHOD")]
    method: Option<String>,
    /// A header, as `name: value`
    #[arg(long, short = 'H', value_name = "HEADER")]
    header: Vec<String>,
    /// MCP: the JSON-RPC method
    #[arg(long, value_name = "METHOD")]
    mcp: Option<String>,
    /// MCP: the tool to call (method `tools/call` unless `--mcp` says otherwise)
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,
    /// MCP: the resource or prompt
    #[arg(long, value_name = "NAME", requires = "mcp", conflicts_with = "tool")]
    name: Option<String>,
    /// MCP: the arguments, as JSON, `@FILE` or `-`
    #[arg(long, value_name = "JSON")]
    arguments: Option<String>,
    /// Language model: its name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["mcp", "tool", "name", "arguments"])]
    model: Option<String>,
    /// The whole request as JSON, written as `call` in a bundle's tests: `@FILE`, `-` or text
    #[arg(long, value_name = "JSON", conflicts_with_all = ["url", "method", "header", "mcp", "tool", "name", "arguments", "model"])]
    request: Option<String>,
}

impl RequestArguments {
    pub(super) fn read(&self) -> Result<OwnedCall, Failure> {
        match &self.request {
            Some(request) => {
                let text = Source::from_argument(request).text(DOCUMENT_LIMIT)?;
                let document: CallDocument = serde_json::from_str(&text)
                    .map_err(|error| Failure::json("the request", &error))?;
                document.try_into()
            }
            None => self.assemble(),
        }
    }

    fn assemble(&self) -> Result<OwnedCall, Failure> {
        let url = self.url.as_deref().unwrap_or_default();
        let (scheme, host, path) = split_url(url).ok_or_else(|| {
            let shown = excerpt(url);
            Failure::new(
                code::REQUEST_MALFORMED,
                format!("`{shown}` is not an http or https address"),
            )
            .hint("write it as `https://mcp.example/mcp`")
        })?;
        let arguments = self
            .arguments
            .as_deref()
            .map(|given| Source::from_argument(given).text(DOCUMENT_LIMIT))
            .transpose()?;
        let operation = match (&self.model, &self.mcp, &self.tool) {
            (Some(model), ..) => OwnedOperation::Llm { model: model.clone() },
            (None, None, None) if arguments.is_none() => OwnedOperation::Http,
            (None, method, tool) => OwnedOperation::Mcp {
                method: method.clone().unwrap_or_else(|| "tools/call".to_owned()),
                name: tool.clone().or_else(|| self.name.clone()),
                arguments,
            },
        };
        let method = match (&self.method, &operation) {
            (Some(method), _) => method.to_uppercase(),
            (None, OwnedOperation::Http) => "GET".to_owned(),
            (None, _) => "POST".to_owned(),
        };
        let headers = self.header.iter().map(|header| split_header(header));
        Ok(OwnedCall {
            method,
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            headers: headers.collect::<Result<_, _>>()?,
            operation,
        })
    }
}

/// Scheme, host and path; the query is no part of what is decided on.
fn split_url(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, tail) = rest.split_at_checked(end)?;
    let path = tail.split(['?', '#']).next().unwrap_or_default();
    let plain = matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains('@');
    plain.then_some((scheme, host, if path.is_empty() { "/" } else { path }))
}

fn split_header(header: &str) -> Result<(String, String), Failure> {
    let (name, value) =
        header.split_once(':').filter(|(name, _)| !name.trim().is_empty()).ok_or_else(|| {
            // The value may be a secret: only the fact is told.
            Failure::new(code::REQUEST_MALFORMED, "a header has no name")
                .hint("write it as `name: value`")
        })?;
    Ok((name.trim().to_lowercase(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use vicar::Operation;

    use super::*;

    #[test]
    fn an_address_is_taken_apart_without_its_query() {
        assert_eq!(split_url("https://a.example/b/c?d#e"), Some(("https", "a.example", "/b/c")));
        assert_eq!(split_url("http://a.example:8080"), Some(("http", "a.example:8080", "/")));
        assert_eq!(split_url("https://a.example?x=/y"), Some(("https", "a.example", "/")));
        for wrong in ["", "a.example/b", "ftp://a.example/", "https:///x", "https://u@a.example/"] {
            assert_eq!(split_url(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_request_document_is_written_as_in_tests() {
        let read = |text: &str| -> Result<OwnedCall, Failure> {
            serde_json::from_str::<CallDocument>(text)
                .map_err(|error| Failure::json("the request", &error))?
                .try_into()
        };
        let call = read(
            r#"{"method":"post","host":"mcp.example","path":"/mcp","headers":{"X-Team":"a"},
               "mcp":{"method":"tools/call","tool":"search","arguments":{"q":"x"}}}"#,
        )
        .unwrap();
        call.with(Some("t"), |call| {
            assert_eq!((call.method, call.scheme, call.path), ("POST", "https", "/mcp"));
            assert_eq!(call.headers, [("x-team", "a")]);
            let Operation::Mcp { method, name, arguments } = call.operation else {
                panic!("an MCP message")
            };
            assert_eq!((method, name), ("tools/call", Some("search")));
            assert_eq!(arguments, Some(r#"{"q":"x"}"#));
        });
        for wrong in [
            r#"{"method":"GET","host":"h","path":"/","mcp":{"method":"m"},"llm":{"model":"m"}}"#,
            r#"{"method":"GET","host":"h","path":"/","mcp":{"method":"m","tool":"a","prompt":"b"}}"#,
            r#"{"method":"GET","host":"h","path":"/","pth":"/"}"#,
            r#"{"method":"GET"}"#,
            "[]",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_header_without_a_name_is_refused_without_repeating_it() {
        let failure = split_header("s3cret").unwrap_err();
        assert!(!format!("{failure:?}").contains("s3cret"));
        let header = split_header("X-Team:  a:b ").unwrap();
        assert_eq!(header, ("x-team".to_owned(), "a:b".to_owned()));
    }
}
