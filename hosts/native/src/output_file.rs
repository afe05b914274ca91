//! Files appear whole or not at all.

use std::{io::Write, path::Path};

use crate::failure::Failure;

/// Writes `bytes` to `path` by way of a temporary file beside it: whoever reads the path sees the
/// old contents or the new, and a failure leaves the old.
///
/// # Errors
/// [`Failure`] when the folder cannot be written to.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    // The mode a plain `File::create` gives, less the umask.
    write(path, bytes, 0o666)
}

/// As [`write_whole`], for a secret: only the owner can read the file, from its first byte on.
///
/// # Errors
/// [`Failure`] when the folder cannot be written to.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes, 0o600)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    #[cfg(not(unix))]
    let _ = mode;
    let failure = |error: std::io::Error| Failure::file("write", path, &error);
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".vicar-");
    #[cfg(unix)]
    {
        use std::{fs::Permissions, os::unix::fs::PermissionsExt};
        builder.permissions(Permissions::from_mode(mode));
    }
    let mut file = builder.tempfile_in(folder).map_err(failure)?;
    file.write_all(bytes).map_err(failure)?;
    file.as_file().sync_all().map_err(failure)?;
    file.persist(path).map_err(|error| failure(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_is_its_owners_even_where_a_file_was_before() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write_whole(&path, b"one").unwrap();
        write_private(&path, b"secret").unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_whole(&folder.path().join("no/out"), b"x").unwrap_err();
        assert_eq!(error.reason, "file_unusable");
    }
}
