//! Circles between the modules of a crate: two modules that need one another are one module in two places.
//!
//! A module here is a file of the crate's root together with the folder of its name: `engine.rs` and `engine/**`. What lies within one may refer to
//! one another as it likes; the root itself (`lib.rs`, `main.rs`) is no module, since it knows all of them and re-exports them: a path through a
//! re-export counts as one to the module that it is from. Tests may name whatever they compare.

pub(crate) mod source;
mod uses;

use std::collections::{BTreeMap, BTreeSet};

use crate::{File, Violation};
use source::without_tests;
use uses::{paths, test_modules};

/// Checks all crates.
pub fn check(files: &[File]) -> Vec<Violation> {
    let crates: BTreeSet<&str> = files.iter().filter_map(File::crate_name).collect();
    let mut found = Vec::new();
    for name in crates {
        let graph = ModuleGraph::of(name, files);
        let circles = graph.circles();
        found.extend(circles.iter().map(|circle| Violation::of_file(&root_of(name), graph.describe(circle))));
    }
    found
}

fn root_of(name: &str) -> String {
    if name == "xtask" { "xtask/src".to_owned() } else { format!("crates/{name}/src") }
}

/// Which module of a crate refers to which, each with one place that does.
struct ModuleGraph {
    edges: BTreeMap<String, BTreeMap<String, String>>,
}

impl ModuleGraph {
    fn of(name: &str, files: &[File]) -> Self {
        let begin = format!("{}/", root_of(name));
        let sources: Vec<(&str, String)> = files
            .iter()
            .filter(|file| file.is_rust())
            .filter_map(|file| Some((file.path.strip_prefix(&begin)?, without_tests(&file.text))))
            .collect();
        let is_root = |path: &str| path == "lib.rs" || path == "main.rs";
        let modules: BTreeSet<&str> =
            sources.iter().filter(|(path, _)| !is_root(path)).map(|(path, _)| module_of(path)).collect();
        let of_tests: BTreeSet<String> = files
            .iter()
            .filter_map(|file| Some((file.path.strip_prefix(&begin)?, &file.text)))
            .flat_map(|(path, text)| test_modules(path, text))
            .collect();
        let roots = sources.iter().filter(|(path, _)| is_root(path));
        let reexports: BTreeMap<String, String> = roots
            .flat_map(|(_, text)| paths(&[], text))
            .filter(|path| path.len() > 1 && modules.contains(path[0].as_str()))
            .map(|path| (path[path.len() - 1].clone(), path[0].clone()))
            .collect();

        let mut edges: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (path, text) in sources.iter().filter(|(path, _)| !is_root(path)) {
            let stem = path.strip_suffix(".rs").unwrap_or(path);
            if of_tests
                .iter()
                .any(|of| stem == of || stem.strip_prefix(of.as_str()).is_some_and(|r| r.starts_with('/')))
            {
                continue;
            }
            let here: Vec<&str> = stem.split('/').collect();
            for used in paths(&here, text) {
                let Some(first) = used.first() else { continue };
                let to = if modules.contains(first.as_str()) { Some(first) } else { reexports.get(first) };
                if let Some(to) = to.filter(|to| *to != here[0]) {
                    let place = format!("{path} names {}", used.join("::"));
                    edges.entry(here[0].to_owned()).or_default().entry(to.clone()).or_insert(place);
                }
            }
        }
        Self { edges }
    }

    /// The modules that can be reached from one, by at least one step.
    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![from];
        while let Some(module) = open.pop() {
            for to in self.edges.get(module).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(to) {
                    open.push(to);
                }
            }
        }
        reached
    }

    /// The sets of modules of which each needs each.
    fn circles(&self) -> Vec<Vec<String>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.edges.keys().map(|module| (module.as_str(), self.reached(module))).collect();
        let needs = |a: &str, b: &str| reached.get(a).is_some_and(|of| of.contains(b));
        let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
        for module in self.edges.keys().filter(|module| needs(module, module)) {
            let of = self.edges.keys().filter(|other| needs(module, other) && needs(other, module));
            circles.insert(of.cloned().collect());
        }
        circles.into_iter().collect()
    }

    fn describe(&self, circle: &[String]) -> String {
        let mut lines = vec![format!("the modules {} need one another:", circle.join(", "))];
        for from in circle {
            let to = self.edges[from].iter().filter(|(to, _)| circle.contains(to));
            lines.extend(to.map(|(to, place)| format!("    {from} → {to}: {place}")));
        }
        lines.join("\n")
    }
}

/// The module of the crate's root that a file is of.
fn module_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(files: &[(&str, &str)]) -> Vec<File> {
        files.iter().map(|(path, text)| File::new(format!("crates/consil-x/src/{path}"), *text)).collect()
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        for (a, b) in [
            ("use crate::b::B;", "use crate::a::A;"),
            ("use crate::{c, b::{self, B}};", "fn f() { super::a::f() }"),
            ("fn f(b: &crate::B) {}", "use super::a;"),
            ("use super::b as other;", "mod deep { }\nuse crate::A;"),
        ] {
            let files = crate_of(&[
                ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use b::B;"),
                ("a.rs", a),
                ("b.rs", b),
                ("c.rs", ""),
            ]);
            let found = check(&files);
            assert_eq!(found.len(), 1, "{a} {b}: {found:?}");
            assert!(found[0].message.contains("the modules a, b need one another"), "{}", found[0]);
        }
    }

    #[test]
    fn a_module_and_its_folder_are_one_and_tests_are_free() {
        let files = crate_of(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "mod inner;\n#[cfg(test)]\nmod tests;\nuse inner::X;\nuse crate::b::B;"),
            ("a/inner.rs", "use super::Y; use crate::a::Z; // crate::b says so"),
            ("a/tests.rs", "use crate::b::B;"),
            (
                "b.rs",
                "const S: &str = \"crate::a\";\n/// [`crate::a::A`]\n#[cfg(test)]\nmod tests { use crate::a::A; }",
            ),
        ]);
        assert_eq!(check(&files), []);
    }
}
