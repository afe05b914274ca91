//! The file, and what is inside once it was checked.

use vicar_policy::Program;

use crate::{BundleError, Contents, Digest, Exchange, validate};

/// A bundle that was checked: its contents keep every promise that the gate relies on.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    contents: Contents,
    digest: Digest,
    program: Program,
}

/// The longest file that is accepted, in bytes (16 MiB).
pub const LONGEST_BUNDLE: usize = 16 << 20;

impl Bundle {
    /// Reads a bundle file.
    ///
    /// The file is one line of JSON:
    /// `{"vicar_bundle":1,"digest":"sha256:…","contents":{…}}` and a line feed. Only these very
    /// bytes are accepted, so that one bundle has one digest and one file.
    ///
    /// # Errors
    /// [`BundleError`] names the first thing that is wrong.
    pub fn load(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > LONGEST_BUNDLE {
            return Err(BundleError::TooLarge { length: bytes.len() });
        }
        let File { digest: stated, contents: text } = File::split(bytes)?;
        let computed = Digest::of(text);
        if computed != stated {
            return Err(BundleError::DigestMismatch { stated, computed });
        }
        let contents = Contents::from_canonical_bytes(text)?;
        validate::contents(&contents)?;
        let program = read_program(&contents)?;
        Ok(Self { contents, digest: computed, program })
    }

    /// Makes a bundle of contents.
    ///
    /// # Errors
    /// [`BundleError::Invalid`] when the contents break a rule.
    pub fn new(contents: Contents) -> Result<Self, BundleError> {
        validate::contents(&contents)?;
        Exchange::of(&contents)?;
        let program = read_program(&contents)?;
        let digest = Digest::of(&contents.to_canonical_bytes());
        Ok(Self { contents, digest, program })
    }

    /// What it holds.
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// What tokens may be exchanged for, where the bundle speaks of that. [`Bundle::load`] leaves
    /// this section unread: a host that exchanges nothing has no use for it.
    ///
    /// # Errors
    /// [`BundleError`] when the section is not canonical or breaks a rule.
    pub fn exchange(&self) -> Result<Option<Exchange>, BundleError> {
        Exchange::of(&self.contents)
    }

    /// Its policies, ready to be asked.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// SHA-256 over the canonical contents.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The file's bytes: the same contents give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let contents = self.contents.to_canonical_bytes();
        let mut bytes =
            format!("{MAGIC}1{BEFORE_DIGEST}{}{BEFORE_CONTENTS}", self.digest).into_bytes();
        bytes.extend_from_slice(&contents);
        bytes.extend_from_slice(END);
        bytes
    }
}

/// The file taken apart, its contents not yet read.
struct File<'a> {
    digest: Digest,
    contents: &'a [u8],
}

impl<'a> File<'a> {
    fn split(bytes: &'a [u8]) -> Result<Self, BundleError> {
        let rest = bytes.strip_prefix(MAGIC.as_bytes()).ok_or(BundleError::NotABundle)?;
        let rest = match rest.strip_prefix(b"1,") {
            Some(_) => rest.get(1..).ok_or(BundleError::NotABundle)?,
            None => return Err(other_version(rest)),
        };
        let rest = rest.strip_prefix(BEFORE_DIGEST.as_bytes()).ok_or(BundleError::NotABundle)?;
        let (digest, rest) = rest.split_at_checked(DIGEST_LENGTH).ok_or(BundleError::NotABundle)?;
        let digest = std::str::from_utf8(digest)
            .ok()
            .and_then(Digest::parse)
            .ok_or(BundleError::NotABundle)?;
        let contents = rest
            .strip_prefix(BEFORE_CONTENTS.as_bytes())
            .and_then(|rest| rest.strip_suffix(END))
            .ok_or(BundleError::NotABundle)?;
        Ok(Self { digest, contents })
    }
}

fn read_program(contents: &Contents) -> Result<Program, BundleError> {
    Program::from_bytes(&contents.program).map_err(|error| BundleError::Program(error.to_string()))
}

/// Tells a newer bundle from bytes that are none.
fn other_version(rest: &[u8]) -> BundleError {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest.get(..digits)
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| digits.parse().ok())
        .filter(|found| *found != 1)
        .map_or(BundleError::NotABundle, |found| BundleError::VersionUnsupported { found })
}

const MAGIC: &str = "{\"vicar_bundle\":";
const BEFORE_DIGEST: &str = ",\"digest\":\"";
const BEFORE_CONTENTS: &str = "\",\"contents\":";
const END: &[u8] = b"}\n";
const DIGEST_LENGTH: usize = "sha256:".len() + 64;
