//! Which crate may depend on which: the arrows of ARCHITECTURE.md.

use toml::{Table, Value};

use crate::{File, Violation};

/// What every crate may depend on.
const FOR_ALL: [&str; 2] = ["consil-random", "consil-diagnostic"];

/// What each crate may depend on, beside those on which every crate may depend. A crate without a row is
/// refused: it must be drawn first.
const ARROWS: &[(&str, Arrow)] = &[
    ("consil-random", Arrow::To(&[])),
    ("consil-diagnostic", Arrow::To(&[])),
    ("consil-layout", Arrow::To(&[])),
    ("consil-report", Arrow::To(&["consil-diagnostic"])),
    ("consil-graph", Arrow::To(&["consil-layout"])),
    ("consil-signal", Arrow::To(&[])),
    ("consil-logic", Arrow::To(&[])),
    ("consil-privacy", Arrow::To(&["consil-layout"])),
    ("consil-pathways", Arrow::To(&["consil-report", "consil-diagnostic", "consil-search"])),
    ("consil-data", Arrow::To(&["consil-signal"])),
    ("consil-nn", Arrow::To(&["consil-graph"])),
    ("consil-multimodal", Arrow::To(&["consil-graph", "consil-signal", "consil-data"])),
    ("consil-reason", Arrow::To(&["consil-logic"])),
    ("consil-neurosym", Arrow::To(&["consil-graph", "consil-nn", "consil-logic"])),
    ("consil-fed", Arrow::To(&["consil-layout", "consil-privacy"])),
    ("consil-runtime", Arrow::To(&["consil-graph", "consil-signal", "consil-logic"])),
    ("consil-edge", Arrow::To(&["consil-graph", "consil-nn", "consil-runtime"])),
    ("consil", Arrow::ToAllBut(&["consil-server", "consil-cli", "consil-bench", "xtask"])),
    ("consil-server", Arrow::To(&["consil"])),
    ("consil-cli", Arrow::To(&["consil", "consil-server"])),
    ("consil-bench", Arrow::ToAllBut(&["consil-cli", "xtask"])),
    ("xtask", Arrow::To(&[])),
];

/// What a crate's tests alone may depend on beyond its arrow: networks for training are written as layers.
const OF_TESTS: &[(&str, &str)] = &[("consil-nn", "consil-multimodal")];

#[derive(Clone, Copy)]
enum Arrow {
    To(&'static [&'static str]),
    ToAllBut(&'static [&'static str]),
}

impl Arrow {
    fn allows(self, dependency: &str) -> bool {
        match self {
            Self::To(these) => these.contains(&dependency),
            Self::ToAllBut(these) => !these.contains(&dependency),
        }
    }
}

/// Checks the manifests of all crates; files that are no manifest are passed over.
pub fn check(files: &[File]) -> Vec<Violation> {
    manifests(files).flat_map(|(file, name)| check_manifest(file, name)).collect()
}

/// The manifests of the crates, each with the name of its folder.
pub(crate) fn manifests(files: &[File]) -> impl Iterator<Item = (&File, &str)> {
    files.iter().filter_map(|file| {
        let name = file.crate_name()?;
        let own = file.path == format!("crates/{name}/Cargo.toml") || file.path == "xtask/Cargo.toml";
        own.then_some((file, name))
    })
}

fn check_manifest(file: &File, folder: &str) -> Vec<Violation> {
    let refuse = |message: String| Violation::of_file(&file.path, message);
    let manifest: Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![refuse(format!("is no TOML: {error}"))],
    };
    let mut found = Vec::new();
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
    if name != Some(folder) {
        found.push(refuse(format!("the folder is {folder} and the crate {}", name.unwrap_or("has no name"))));
    }
    if manifest.get("lints").and_then(|lints| lints.get("workspace")) != Some(&Value::Boolean(true)) {
        found.push(refuse("add `[lints] workspace = true`".into()));
    }
    let Some((_, arrow)) = ARROWS.iter().find(|(name, _)| *name == folder) else {
        found.push(refuse(format!("{folder} has no arrows: draw them in ARCHITECTURE.md and in xtask/src/arrows.rs")));
        return found;
    };
    let ours = |name: &str| name == "consil" || name == "xtask" || name.starts_with("consil-");
    for dependency in dependencies(&manifest).into_iter().filter(|name| ours(name)) {
        let for_all = FOR_ALL.contains(&dependency.as_str()) && !FOR_ALL.contains(&folder);
        let of_tests = OF_TESTS.contains(&(folder, dependency.as_str())) && is_of_tests(&manifest, &dependency);
        if !for_all && !arrow.allows(&dependency) && !of_tests {
            found.push(refuse(format!("{folder} must not depend on {dependency}: see the arrows of ARCHITECTURE.md")));
        }
    }
    found
}

/// Whether the tests alone name the dependency.
fn is_of_tests(manifest: &Table, dependency: &str) -> bool {
    let without_tests = manifest.iter().filter(|(key, _)| *key != "dev-dependencies");
    let without_tests: Table = without_tests.map(|(key, value)| (key.clone(), value.clone())).collect();
    !dependencies(&without_tests).iter().any(|name| name == dependency)
}

/// The crates that a manifest names: for the build, the tests and the build script, on every target, renamed or not.
pub(crate) fn dependencies(manifest: &Table) -> Vec<String> {
    let tables = |of: &Table| -> Vec<Table> {
        ["dependencies", "dev-dependencies", "build-dependencies"]
            .iter()
            .filter_map(|kind| of.get(*kind)?.as_table().cloned())
            .collect()
    };
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let of_targets = targets.filter_map(Value::as_table).flat_map(tables);
    let real_name =
        |(name, how): (String, Value)| how.get("package").and_then(Value::as_str).map_or(name, str::to_owned);
    tables(manifest).into_iter().chain(of_targets).flatten().map(real_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, rest: &str) -> Vec<File> {
        let text = format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{rest}");
        vec![File::new(format!("crates/{name}/Cargo.toml"), text)]
    }

    #[test]
    fn a_drawn_arrow_is_allowed() {
        let rest = "[dependencies]\nconsil-graph.workspace = true\nconsil-random.workspace = true\nserde = \"1\"";
        assert_eq!(check(&manifest("consil-nn", rest)), []);
    }

    #[test]
    fn an_arrow_of_tests_is_for_tests() {
        assert_eq!(check(&manifest("consil-nn", "[dev-dependencies]\nconsil-multimodal.workspace = true")), []);
        assert_eq!(check(&manifest("consil-nn", "[dependencies]\nconsil-multimodal.workspace = true")).len(), 1);
    }

    #[test]
    fn an_arrow_that_is_not_drawn_is_refused_however_it_is_written() {
        for rest in [
            "[dependencies]\nconsil-nn.workspace = true",
            "[dependencies]\nnet = { package = \"consil-nn\", path = \"../consil-nn\" }",
            "[dev-dependencies]\nconsil-nn = { path = \"../consil-nn\" }",
            "[build-dependencies.consil-nn]\nworkspace = true",
            "[target.'cfg(unix)'.dependencies]\nconsil-nn.workspace = true",
        ] {
            let found = check(&manifest("consil-graph", rest));
            assert_eq!(found.len(), 1, "{rest}: {found:?}");
            assert!(found[0].message.contains("consil-graph must not depend on consil-nn"), "{rest}: {}", found[0]);
        }
    }

    #[test]
    fn the_facade_does_not_know_those_above_it() {
        assert_eq!(check(&manifest("consil", "[dependencies]\nconsil-cli = \"0.1\"")).len(), 1);
        assert_eq!(check(&manifest("consil", "[dependencies]\nconsil-fed = \"0.1\"")), []);
    }

    #[test]
    fn a_crate_without_arrows_lints_or_its_folders_name_is_refused() {
        let found = check(&manifest("consil-magic", ""));
        assert!(found[0].message.contains("has no arrows"), "{found:?}");
        let bare = [File::new("crates/consil-fed/Cargo.toml", "[package]\nname = \"fed\"")];
        let messages: Vec<String> = check(&bare).iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].contains("the folder is consil-fed and the crate fed"));
        assert!(messages[1].contains("workspace = true"));
    }
}
