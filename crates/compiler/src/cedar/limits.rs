//! Limits that hold before Cedar's parser sees a text.
//!
//! Cedar guards its evaluator against deep trees, not its parser or its destructors. A scan of
//! the tokens that make a tree deeper (brackets, `if`, operators) bounds all of them.

use super::source::SourceFile;
use crate::diagnostic::Diagnostic;

/// The first limit that a file breaks.
pub(super) fn check(file: SourceFile<'_>) -> Result<(), Diagnostic> {
    if file.text.len() > FILE_BYTES {
        return Err(file
            .error(0, format!("this file has {} bytes", file.text.len()))
            .expected(format!("at most {FILE_BYTES} bytes"))
            .hint("split it: a bundle may have many `*.cedar` files"));
    }
    let mut depth = 0_usize;
    let mut branches = 0_usize;
    let mut operators = 0_usize;
    for (offset, token) in Tokens::new(file.text) {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::End if depth == 0 => (branches, operators) = (0, 0),
            Token::End => {}
            Token::If => branches += 1,
            Token::Operator => operators += 1,
        }
        let broken = [
            (depth, NESTING, "brackets inside brackets"),
            (branches, BRANCHES, "`if` in one policy"),
            (operators, OPERATORS, "operators in one policy"),
        ];
        if let Some((_, most, what)) = broken.into_iter().find(|(seen, most, _)| seen > most) {
            return Err(file
                .error(offset, format!("too many {what}"))
                .expected(format!("at most {most}"))
                .hint("split the policy, or compare with a set: `[…].contains(…)`"));
        }
    }
    Ok(())
}

const BRANCHES: usize = 64;
const FILE_BYTES: usize = 1 << 20;
const NESTING: usize = 64;
const OPERATORS: usize = 8192;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Close,
    /// `;`
    End,
    If,
    Open,
    Operator,
}

/// The tokens that matter here, outside strings and comments.
struct Tokens<'a> {
    characters: std::iter::Peekable<std::str::CharIndices<'a>>,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { characters: text.char_indices().peekable() }
    }

    fn skip_string(&mut self) {
        while let Some((_, character)) = self.characters.next() {
            match character {
                '\\' => drop(self.characters.next()),
                '"' => return,
                _ => {}
            }
        }
    }

    /// Whether the word that starts with `first` is `if`.
    fn word_is_if(&mut self, first: char) -> bool {
        let mut word = String::from(first);
        while let Some((_, next)) =
            self.characters.next_if(|(_, next)| next.is_alphanumeric() || *next == '_')
        {
            if word.len() < 3 {
                word.push(next);
            }
        }
        word == "if"
    }
}

impl Iterator for Tokens<'_> {
    type Item = (usize, Token);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((offset, character)) = self.characters.next() {
            let token = match character {
                '"' => {
                    self.skip_string();
                    continue;
                }
                '/' if self.characters.next_if(|(_, next)| *next == '/').is_some() => {
                    while self.characters.next_if(|(_, next)| *next != '\n').is_some() {}
                    continue;
                }
                '(' | '[' | '{' => Token::Open,
                ')' | ']' | '}' => Token::Close,
                ';' => Token::End,
                '.' | '&' | '|' | '+' | '-' | '*' | '!' | '<' | '>' | '=' => Token::Operator,
                letter if letter.is_alphabetic() || letter == '_' => {
                    if !self.word_is_if(letter) {
                        continue;
                    }
                    Token::If
                }
                _ => continue,
            };
            return Some((offset, token));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Option<String> {
        check(SourceFile { path: "p.cedar", text }).err().map(|problem| problem.message)
    }

    #[test]
    fn a_usual_policy_is_within_all_limits() {
        assert_eq!(
            problem("permit(principal, action, resource) when { if a then b else c };"),
            None
        );
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let strings = format!("permit(\"{}\\\"{}\");", "(".repeat(100), "[".repeat(100));
        assert_eq!(problem(&strings), None);
        assert_eq!(problem(&format!("// {}\n", "{".repeat(100))), None);
    }

    #[test]
    fn deep_brackets_many_branches_and_long_chains_are_refused() {
        assert_eq!(problem(&"(".repeat(65)).as_deref(), Some("too many brackets inside brackets"));
        assert_eq!(problem(&"if ".repeat(65)).as_deref(), Some("too many `if` in one policy"));
        assert_eq!(
            problem(&".a".repeat(9000)).as_deref(),
            Some("too many operators in one policy")
        );
        assert_eq!(
            problem(&" ".repeat((1 << 20) + 1)).as_deref(),
            Some("this file has 1048577 bytes")
        );
    }

    #[test]
    fn counts_start_anew_with_each_policy() {
        assert_eq!(problem(&"if if if if;".repeat(100)), None);
    }
}
