//! Libraries that belong to one crate: so that vector instructions or a terminal never reaches the others.

use toml::Table;

use crate::arrows::{dependencies, manifests};
use crate::{File, Violation};

/// The library (and every library whose name goes on after it with a hyphen or an underscore), and the only crates that may
/// name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("pulp", &["consil-nn"]),
    ("rand", &["consil-random"]),
    ("clap", &["consil-cli"]),
    ("indicatif", &["consil-cli"]),
    ("miette", &["consil-cli"]),
    ("axum", &["consil-server"]),
    ("prost", &["consil-server"]),
    // Data sets are fetched by a command; until there is a server, whose client it could be, the command line is where a network is least hidden.
    ("ureq", &["consil-server", "consil-cli"]),
    // Names are suggested by consil-diagnostic, which has its own distance.
    ("strsim", &[]),
];

/// Checks the manifests of all crates.
pub fn check(files: &[File]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, folder) in manifests(files) {
        // A manifest that is no TOML is refused by the check of arrows.
        let manifest: Table = file.text.parse().unwrap_or_default();
        for dependency in dependencies(&manifest) {
            let is_of = |library: &str| {
                dependency.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
            };
            if let Some((library, owners)) =
                OWNERS.iter().find(|(library, owners)| is_of(library) && !owners.contains(&folder))
            {
                let only =
                    if owners.is_empty() { "no crate".to_owned() } else { format!("only {}", owners.join(", ")) };
                found.push(Violation::of_file(&file.path, format!("{only} may name {library}, not {folder}")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(name: &str, dependency: &str) -> Vec<Violation> {
        check(&[File::new(
            format!("crates/{name}/Cargo.toml"),
            format!("[dependencies]\n{dependency}.workspace = true"),
        )])
    }

    #[test]
    fn an_owner_may_name_its_library() {
        assert_eq!(check_one("consil-nn", "pulp"), []);
        assert_eq!(check_one("consil-cli", "clap"), []);
    }

    #[test]
    fn others_may_not_nor_by_a_part_of_it() {
        for (name, dependency) in [
            ("consil-fed", "pulp"),
            ("consil", "pulp-macro"),
            ("consil", "clap"),
            ("consil-data", "rand_chacha"),
            ("xtask", "miette"),
        ] {
            let path = if name == "xtask" { "xtask/Cargo.toml".into() } else { format!("crates/{name}/Cargo.toml") };
            let found = check(&[File::new(path, format!("[dependencies]\n{dependency} = \"1\""))]);
            assert_eq!(found.len(), 1, "{name} names {dependency}");
        }
    }

    #[test]
    fn a_library_that_only_begins_with_the_same_letters_is_free() {
        assert_eq!(check_one("consil-fed", "pulpit"), []);
    }
}
