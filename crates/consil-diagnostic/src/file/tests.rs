use std::fs;
use std::path::Path;

use super::*;

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.json");
    write(&path, b"old").unwrap();
    write(&path, b"new").unwrap();
    assert_eq!(read(&path, Size::bytes(3)).unwrap(), b"new");
    assert_eq!(entries(folder.path()), ["result.json"]);
}

#[test]
fn what_fails_half_way_leaves_the_old_file_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.json");
    write(&path, b"old").unwrap();
    let error = write_with(&path, |out| {
        out.write_all(b"ne")?;
        Err(io::Error::from(io::ErrorKind::StorageFull))
    });
    let error = error.unwrap_err();
    assert!(error.is_environment() && error.help().unwrap().contains("space"), "{error}");
    assert_eq!(read_text(&path, TEXT_LIMIT).unwrap(), "old");
    assert_eq!(entries(folder.path()), ["result.json"]);
}

#[test]
fn a_limit_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    write(&path, &[b'x'; 100]).unwrap();
    assert_eq!(read(&path, Size::bytes(100)).unwrap().len(), 100);
    let error = read(&path, Size::bytes(99)).unwrap_err().to_string();
    assert!(error.ends_with("data cannot be read: it is larger than 99 bytes"), "{error}");
}

#[test]
fn what_is_not_text_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spec.toml");
    write(&path, b"name = \"\xff\"").unwrap();
    let error = read_text(&path, TEXT_LIMIT).unwrap_err();
    assert!(matches!(error.cause, FileCause::NotText { at: 8 }), "{error}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn pipe(folder: &Path) -> PathBuf {
        let path = folder.join("pipe");
        let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR);
        rustix::fs::mknodat(rustix::fs::CWD, &path, kind, mode, 0).unwrap();
        path
    }

    #[test]
    fn devices_and_pipes_are_neither_read_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = pipe(folder.path());
        for (path, kind) in [(Path::new("/dev/zero"), "a device"), (&pipe, "a pipe"), (folder.path(), "a folder")] {
            for error in [read(path, Size::bytes(10)).unwrap_err(), write(path, b"x").unwrap_err()] {
                assert!(matches!(error.cause, FileCause::Irregular { kind: found } if found == kind), "{error}");
                assert!(error.help().is_some());
            }
        }
        assert!(!fs::metadata(&pipe).unwrap().is_file());
        assert_eq!(entries(folder.path()), ["pipe"]);
    }

    /// A device of our own, as one could name it on the command line: it must be a device afterwards.
    #[test]
    fn a_device_stays_a_device() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("out");
        symlink("/dev/null", &link).unwrap();
        assert!(write(&link, b"x").is_err());
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_link_laid_out_for_a_temporary_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let path = folder.path().join("result.json");
        for name in [".result.json.partial", "result.json.partial"] {
            symlink(&victim, folder.path().join(name)).unwrap();
        }
        // The next names that this process would take.
        for number in 0..2000 {
            let name = format!(".result.json.{}-{number}.partial", std::process::id());
            symlink(&victim, folder.path().join(name)).unwrap();
        }
        write(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn of_a_link_the_file_it_leads_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link, nowhere) =
            (folder.path().join("file"), folder.path().join("link"), folder.path().join("nowhere"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        symlink(folder.path().join("absent"), &nowhere).unwrap();
        assert!(write(&nowhere, b"x").is_err());
        assert!(!folder.path().join("absent").exists());
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
