//! A version without its entry in the changelog.

use toml::{Table, Value};

use crate::{Repository, Violation};

/// Checks that the changelog has a heading for the workspace's version.
pub fn check(repository: &Repository) -> Vec<Violation> {
    let text = |path: &str| repository.file(path).map(|file| file.text.as_str()).unwrap_or_default();
    let manifest: Table = text("Cargo.toml").parse().unwrap_or_default();
    let version = ["workspace", "package", "version"]
        .iter()
        .try_fold(&Value::Table(manifest), |value, key| value.get(key))
        .and_then(Value::as_str)
        .map(str::to_owned);
    let Some(version) = version else {
        return vec![Violation::of_file("Cargo.toml", "has no workspace.package.version")];
    };
    let heading = format!("## [{version}]");
    match text("CHANGELOG.md").lines().any(|line| line.starts_with(&heading)) {
        true => Vec::new(),
        false => vec![Violation::of_file("CHANGELOG.md", format!("has no entry `{heading}` for the current version"))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::File;

    fn check_version(version: &str) -> Vec<Violation> {
        let manifest = File::new("Cargo.toml", format!("[workspace.package]\nversion = \"{version}\""));
        let changelog = File::new("CHANGELOG.md", "# Changelog\n\n## [0.1.0] - unreleased\n");
        check(&Repository { files: vec![manifest, changelog], paths: Vec::new() })
    }

    #[test]
    fn the_current_version_has_an_entry_or_is_refused() {
        assert_eq!(check_version("0.1.0"), []);
        assert_eq!(check_version("0.2.0").len(), 1);
        assert_eq!(check(&Repository { files: Vec::new(), paths: Vec::new() }).len(), 1);
    }
}
