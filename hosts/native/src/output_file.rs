//! Files appear whole or not at all.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// Writes `bytes` to `path` by way of a temporary file beside it: whoever reads the path sees the
/// old contents or the new, and a failure leaves the old.
///
/// # Errors
/// [`Failure`] when the folder cannot be written to.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes, READABLE)
}

/// As [`write_whole`], for a secret: only the owner can read the file, from its first byte on.
///
/// # Errors
/// [`Failure`] when the folder cannot be written to.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes, 0o600)
}

/// As [`write_whole`], for files that belong together: all are written before the first one
/// appears. Folders that are not there are made. They appear in the order given.
///
/// # Errors
/// [`Failure`] when one of them cannot be written: then nothing has changed, unless the system
/// fails between two renames.
pub fn write_together(files: &[(PathBuf, &[u8])]) -> Result<(), Failure> {
    let mut staged = Vec::new();
    for (path, bytes) in files {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Failure::file("make", folder, &error))?;
        }
        if path.is_dir() {
            let error = io::Error::from(io::ErrorKind::IsADirectory);
            return Err(Failure::file("write", path, &error));
        }
        staged.push((path, stage(path, bytes, READABLE)?));
    }
    for (path, file) in staged {
        file.persist(path).map_err(|error| Failure::file("write", path, &error.error))?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let file = stage(path, bytes, mode)?;
    file.persist(path).map_err(|error| Failure::file("write", path, &error.error))?;
    Ok(())
}

/// The bytes on the disk, under another name beside `path`; gone again unless it is persisted.
fn stage(path: &Path, bytes: &[u8], mode: u32) -> Result<NamedTempFile, Failure> {
    #[cfg(not(unix))]
    let _ = mode;
    let failure = |error: io::Error| Failure::file("write", path, &error);
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
    Ok(file)
}

/// The mode a plain `File::create` gives, less the umask.
const READABLE: u32 = 0o666;

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
    fn files_that_belong_together_appear_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("a/b/one"), folder.path().join("other"));
        write_together(&[(one.clone(), b"1"), (other.clone(), b"2")]).unwrap();
        assert_eq!(std::fs::read(&one).unwrap(), b"1");
        std::fs::remove_file(&other).unwrap();
        std::fs::create_dir(&other).unwrap();
        let refused = write_together(&[(one.clone(), b"3"), (other.clone(), b"4")]).unwrap_err();
        assert_eq!(refused.reason, "file_unusable");
        assert_eq!(std::fs::read(&one).unwrap(), b"1");
        assert_eq!(std::fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_whole(&folder.path().join("no/out"), b"x").unwrap_err();
        assert_eq!(error.reason, "file_unusable");
    }
}
