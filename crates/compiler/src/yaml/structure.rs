//! A tree checked against the JSON Schema that editors use too, so that one description of the
//! format serves both and every problem is reported at its place.
//!
//! Only the part of JSON Schema that our own types produce is read; what else a schema may say
//! is left to the typed reading that follows.

use serde_json::Value;

use super::{Place, Placed, node::Node};
use crate::diagnostic::{Diagnostic, one_of, quoted};

/// All problems of form.
pub(super) fn check(file: &str, schema: &Value, tree: &Placed<Node>) -> Vec<Diagnostic> {
    let mut check = Check { file, root: schema, problems: Vec::new() };
    let start = Place { line: 1, column: 1 };
    check.value(schema, tree, &Owner { name: None, place: start });
    check.problems
}

struct Check<'a> {
    file: &'a str,
    root: &'a Value,
    problems: Vec<Diagnostic>,
}

/// The key that a value belongs to: where something missing is reported.
struct Owner<'a> {
    name: Option<&'a str>,
    place: Place,
}

impl<'a> Check<'a> {
    fn value(&mut self, schema: &'a Value, node: &Placed<Node>, owner: &Owner<'_>) {
        let mut leaves = Vec::new();
        self.leaves(schema, &mut leaves);
        let fitting: Vec<&Value> =
            leaves.iter().copied().filter(|leaf| accepts(leaf, &node.value)).collect();
        if fitting.is_empty() {
            let problem = wrong_type(self.file, &leaves, node, owner);
            return self.problems.push(problem);
        }
        match &node.value {
            Node::List(items) => {
                if let Some(schema) = fitting.iter().find_map(|leaf| leaf.get("items")) {
                    for item in items {
                        self.value(schema, item, &Owner { name: owner.name, place: item.place });
                    }
                }
            }
            Node::Map(entries) => self.map(&fitting, entries, owner),
            Node::Text(text) => self.text(&fitting, text, node.place),
            Node::Bool | Node::Integer | Node::Nothing | Node::Number => {}
        }
    }

    /// The alternatives of a schema, references followed.
    fn leaves(&self, schema: &'a Value, leaves: &mut Vec<&'a Value>) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = reference.strip_prefix('#').and_then(|path| self.root.pointer(path));
            return target.into_iter().for_each(|target| self.leaves(target, leaves));
        }
        match schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
            Some(branches) => branches.iter().for_each(|branch| self.leaves(branch, leaves)),
            None => leaves.push(schema),
        }
    }

    fn text(&mut self, leaves: &[&Value], text: &str, place: Place) {
        let mut words = Vec::new();
        for leaf in leaves {
            match words_of(leaf) {
                Some(more) => words.extend(more),
                None => return,
            }
        }
        if !words.contains(&text) {
            let problem = place
                .error(self.file, format!("unknown value {}", quoted(text)))
                .expected(one_of(words.iter().copied()))
                .did_you_mean(text, words);
            self.problems.push(problem);
        }
    }

    fn map(
        &mut self,
        leaves: &[&'a Value],
        entries: &[(Placed<String>, Placed<Node>)],
        owner: &Owner<'_>,
    ) {
        let alternatives = leaves.len() > 1;
        let chosen = choose(leaves, entries).filter(|_| !alternatives || entries.len() == 1);
        let Some(leaf) = chosen else {
            return self.no_alternative(leaves, entries, owner);
        };
        let properties = leaf.get("properties").and_then(Value::as_object);
        let rest = leaf.get("additionalProperties");
        for (key, value) in entries {
            let owner = Owner { name: Some(&key.value), place: key.place };
            match properties.and_then(|properties| properties.get(&key.value)).or(rest) {
                Some(Value::Bool(false)) => self.unknown_key(key, &keys_of(leaf)),
                Some(schema) => self.value(schema, value, &owner),
                None => {}
            }
        }
        for missing in required(leaf) {
            if entries.iter().all(|(key, _)| key.value != missing) {
                let about = leaf.pointer(&format!("/properties/{missing}/description"));
                self.missing_key(missing, about.and_then(Value::as_str), owner);
            }
        }
    }

    fn unknown_key(&mut self, key: &Placed<String>, known: &[&str]) {
        let problem = key
            .place
            .error(self.file, format!("unknown key {}", quoted(&key.value)))
            .expected(one_of(known.iter().copied()))
            .did_you_mean(&key.value, known.iter().copied());
        self.problems.push(problem);
    }

    fn missing_key(&mut self, missing: &str, about: Option<&str>, owner: &Owner<'_>) {
        let message = match owner.name {
            Some(name) => format!("{} lacks the key {}", quoted(name), quoted(missing)),
            None => format!("the key {} is missing", quoted(missing)),
        };
        let problem = owner.place.error(self.file, message);
        self.problems.push(match about.and_then(first_line) {
            Some(about) => problem.expected(format!("{}: {about}", quoted(missing))),
            None => problem,
        });
    }

    /// None of several one-key alternatives (`{file: …}`, `{jwks_uri: …}`) was written.
    fn no_alternative(
        &mut self,
        leaves: &[&Value],
        entries: &[(Placed<String>, Placed<Node>)],
        owner: &Owner<'_>,
    ) {
        let known: Vec<&str> = leaves.iter().copied().flat_map(required).collect();
        match entries {
            [(key, _)] => self.unknown_key(key, &known),
            _ => {
                let problem = owner
                    .place
                    .error(self.file, "expected exactly one key here")
                    .expected(one_of(known));
                self.problems.push(problem);
            }
        }
    }
}

/// The object schema meant: the only one, or the one whose required key is written.
fn choose<'a>(
    leaves: &[&'a Value],
    entries: &[(Placed<String>, Placed<Node>)],
) -> Option<&'a Value> {
    match leaves {
        [only] => Some(only),
        several => several.iter().copied().find(|leaf| {
            required(leaf).all(|name| entries.iter().any(|(key, _)| key.value == name))
        }),
    }
}

fn accepts(leaf: &Value, node: &Node) -> bool {
    let wanted = types_of(leaf);
    wanted.is_empty()
        || wanted.contains(&node.schema_type())
        || wanted.contains(&"number") && node.schema_type() == "integer"
}

/// The JSON Schema names of the types that a leaf accepts; none: any.
fn types_of(leaf: &Value) -> Vec<&str> {
    match leaf.get("type") {
        Some(Value::String(wanted)) => vec![wanted.as_str()],
        Some(Value::Array(wanted)) => wanted.iter().filter_map(Value::as_str).collect(),
        _ if words_of(leaf).is_some() => vec!["string"],
        _ => Vec::new(),
    }
}

fn wrong_type(file: &str, leaves: &[&Value], node: &Placed<Node>, owner: &Owner<'_>) -> Diagnostic {
    let seen = kind(node.value.schema_type());
    let place = if node.value == Node::Nothing { owner.place } else { node.place };
    let message = match owner.name {
        Some(name) => format!("{} cannot be {seen}", quoted(name)),
        None => format!("the file cannot be {seen}"),
    };
    let mut wanted: Vec<String> = Vec::new();
    for leaf in leaves {
        let text = match words_of(leaf) {
            Some(words) => one_of(words),
            None => match types_of(leaf).into_iter().find(|name| *name != "null") {
                Some("object") => object(leaf),
                Some(other) => kind(other).to_owned(),
                None => continue,
            },
        };
        if !wanted.contains(&text) {
            wanted.push(text);
        }
    }
    let problem = place.error(file, message).expected(wanted.join(", or "));
    match node.value {
        Node::Integer | Node::Number | Node::Bool if wanted.iter().any(|text| text == "text") => {
            problem.hint("put it in quotes to make it text")
        }
        _ => problem,
    }
}

fn object(leaf: &Value) -> String {
    match keys_of(leaf).as_slice() {
        [] => "a mapping of names".to_owned(),
        keys => format!("a mapping with {}", one_of(keys.iter().copied())),
    }
}

fn kind(schema_type: &str) -> &'static str {
    match schema_type {
        "array" => "a list",
        "boolean" => "`true` or `false`",
        "integer" => "an integer",
        "null" => "empty",
        "number" => "a number",
        "object" => "a mapping",
        _ => "text",
    }
}

/// The texts that a leaf accepts, or `None` for any.
fn words_of(leaf: &Value) -> Option<Vec<&str>> {
    if let Some(word) = leaf.get("const").and_then(Value::as_str) {
        return Some(vec![word]);
    }
    let words = leaf.get("enum")?.as_array()?;
    Some(words.iter().filter_map(Value::as_str).collect())
}

fn keys_of(leaf: &Value) -> Vec<&str> {
    let properties = leaf.get("properties").and_then(Value::as_object);
    properties.map(|properties| properties.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn required(leaf: &Value) -> impl Iterator<Item = &str> {
    leaf.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn first_line(text: &str) -> Option<String> {
    let line = text.lines().next()?.trim_end_matches('.');
    let mut characters = line.chars();
    Some(characters.next()?.to_lowercase().chain(characters).collect())
}
