//! A bundle, tokens for it, and requests on both machines.

use std::{cell::RefCell, path::Path, rc::Rc, sync::OnceLock};

use vicar_compiler::{Compiled, Folder, compile, test_file::TestCase};
use vicar_envoy_filter::Action;
use vicar_native::{
    mint::{KeyNumber, key_set},
    test_runner::presented_token,
};
use vicar_proxy_host::{Handle, Machine, Module, Native, World, world::FieldList};

/// The reference bundle, built.
pub(crate) fn compiled() -> &'static Compiled {
    static COMPILED: OnceLock<Compiled> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/reference");
        compile(&folder(&root)).unwrap_or_else(|problems| panic!("{problems:?}"))
    })
}

fn folder(root: &Path) -> Folder {
    vicar_conformance::read_folder(root).unwrap()
}

/// The time of the reference bundle's tests.
pub(crate) const CLOCK: u64 = 1_790_000_000;

/// The public test keys of the bundle's issuer.
pub(crate) fn keys() -> String {
    let trusted = &compiled().bundle.contents().trust[0].trusted;
    key_set(&trusted.name, &trusted.algorithms, KeyNumber::of_issuer(0)).unwrap()
}

/// The case of this name.
pub(crate) fn case(name: &str) -> &'static TestCase {
    let mut cases = compiled().tests.iter().flat_map(|file| &file.cases);
    cases.find(|case| case.name == name).unwrap_or_else(|| panic!("no case `{name}`"))
}

/// Its token, signed.
pub(crate) fn token(case: &TestCase) -> Option<String> {
    let issuers: Vec<_> =
        compiled().bundle.contents().trust.iter().map(|issuer| &issuer.trusted).collect();
    presented_token(case, &issuers).unwrap()
}

/// A configuration with inline keys, and further members.
pub(crate) fn configuration(more: &str) -> Vec<u8> {
    let bundle = String::from_utf8(compiled().bundle.to_bytes()).unwrap();
    let (bundle, keys) = (bundle.trim_end(), keys());
    format!(r#"{{"bundle":{{"inline":{bundle}}},"keys":{{"entra":{{"jwks":{keys}}}}}{more}}}"#)
        .into_bytes()
}

/// A configuration whose keys are fetched through cluster `keys`.
pub(crate) fn fetching() -> Vec<u8> {
    let bundle = String::from_utf8(compiled().bundle.to_bytes()).unwrap();
    let bundle = bundle.trim_end();
    let fetch = r#"{"fetch":{"cluster":"keys","uri":"https://keys.example/jwks"}}"#;
    format!(r#"{{"bundle":{{"inline":{bundle}}},"keys":{{"entra":{fetch}}}}}"#).into_bytes()
}

/// A world at the tests' time.
pub(crate) fn world(configuration: Vec<u8>) -> Handle {
    let mut world = World::new(CLOCK);
    world.configuration = configuration;
    world.clusters.extend(["keys".to_owned(), "bundles".to_owned()]);
    world.properties.insert("plugin_name".to_owned(), b"vicar".to_vec());
    world.properties.insert("plugin_root_id".to_owned(), b"vicar".to_vec());
    Rc::new(RefCell::new(world))
}

/// Runs a scenario on the real module and on its native twin.
pub(crate) fn on_both(configuration: &[u8], scenario: impl Fn(&mut dyn Machine)) {
    scenario(&mut Native::new(world(configuration.to_vec())));
    scenario(&mut Module::new(world(configuration.to_vec())).unwrap());
}

/// Root 1 with its configuration.
pub(crate) fn start(machine: &mut dyn Machine) {
    machine.create(1, 0).unwrap();
    assert!(machine.configure(1).unwrap(), "{:?}", machine.world().borrow().log);
}

/// Header fields and body of a request.
pub(crate) type Message = (FieldList, Vec<u8>);

/// A request to the MCP server.
pub(crate) fn mcp(authorization: &[&[u8]], body: &str) -> Message {
    let mut fields: FieldList = vec![
        (b":method".to_vec(), b"POST".to_vec()),
        (b":scheme".to_vec(), b"https".to_vec()),
        (b":authority".to_vec(), b"mcp.contoso.example".to_vec()),
        (b":path".to_vec(), b"/mcp".to_vec()),
        (b"content-type".to_vec(), b"application/json".to_vec()),
    ];
    for value in authorization {
        fields.push((b"authorization".to_vec(), value.to_vec()));
    }
    (fields, body.as_bytes().to_vec())
}

/// A `tools/call`.
pub(crate) fn call(tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    )
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Passed,
    Answered(u32, String),
    Held,
}

/// Sends a request whole to root 1.
pub(crate) fn send(machine: &mut dyn Machine, context: u32, message: Message) -> End {
    send_to(machine, 1, context, message)
}

/// Sends a request whole to a root.
pub(crate) fn send_to(
    machine: &mut dyn Machine,
    root: u32,
    context: u32,
    (fields, body): Message,
) -> End {
    machine.create(context, root).unwrap();
    let size = body.len();
    {
        let mut world = machine.world().borrow_mut();
        let exchange = world.exchange(context);
        (exchange.request, exchange.body) = (fields, body);
    }
    let mut action = machine.request_headers(context, size == 0).unwrap();
    if action == Action::Pause && size > 0 {
        action = machine.request_body(context, size, true).unwrap();
    }
    end(machine, context, action)
}

pub(crate) fn end(machine: &dyn Machine, context: u32, action: Action) -> End {
    let mut world = machine.world().borrow_mut();
    let exchange = world.exchange(context);
    match (&exchange.reply, action == Action::Continue || exchange.resumed) {
        (Some(reply), false) => End::Answered(reply.status, reply.details.clone()),
        (None, true) => End::Passed,
        (None, false) => End::Held,
        (Some(reply), true) => panic!("passed and answered: {reply:?}"),
    }
}

/// `Bearer` and the token of a case that is allowed to search.
pub(crate) fn good() -> Vec<u8> {
    format!("Bearer {}", token(case("reading one invoice")).unwrap()).into_bytes()
}

/// The same with a key that nobody publishes.
pub(crate) fn forged() -> Vec<u8> {
    let mut token = good();
    let at = token.len() - 40;
    token[at] = if token[at] == b'A' { b'B' } else { b'A' };
    token
}
