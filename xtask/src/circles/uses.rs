//! The paths within a crate that a file names.

use super::source::code_only;

/// The paths that code names, each from the crate's root; `here` is the file's own place, empty for the root.
pub(super) fn paths(here: &[&str], code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = code;
    // Use trees first, then every other path that begins at the crate, at the parent or here.
    while let Some(at) = find_word(rest, "use") {
        let tree = &rest[at + 3..];
        let end = tree.find(';').unwrap_or(tree.len());
        found.extend(expanded(&tree[..end]).iter().filter_map(|path| resolved(here, path)));
        rest = &tree[end..];
    }
    for start in ["crate", "super"] {
        let mut rest = code;
        while let Some(at) = find_word(rest, start) {
            rest = &rest[at..];
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
            found.extend(resolved(here, rest[..length].trim_end_matches(':')));
            rest = &rest[length.max(1)..];
        }
    }
    found
}

/// The files of modules that are compiled for tests only, as paths without `.rs`.
pub(super) fn test_modules(path: &str, text: &str) -> Vec<String> {
    let folder = match path {
        "lib.rs" | "main.rs" => String::new(),
        path => format!("{}/", path.strip_suffix(".rs").unwrap_or(path)),
    };
    let code = code_only(text);
    let declared = code.split("#[cfg(test)]").skip(1).filter_map(|after| {
        let (declaration, _) = after.split_once(';')?;
        let name = declaration.split_whitespace().skip_while(|word| *word != "mod").nth(1)?;
        (!declaration.contains('{')).then(|| format!("{folder}{name}"))
    });
    declared.collect()
}

/// Where a word begins that is not part of another.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(|(at, _)| at)
        .find(|at| !text[..*at].ends_with(is_part) && !text[*at + word.len()..].starts_with(is_part))
}

/// The paths of a use tree: `a::{b, c::d as e}` is `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<String> {
    let Some((before, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or(tree);
        return vec![path.split_whitespace().collect()];
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let mut parts = vec![String::new()];
    let mut depth = 0usize;
    for c in inner.chars() {
        match c {
            ',' if depth == 0 => parts.push(String::new()),
            c => {
                depth = if c == '{' { depth + 1 } else { depth.saturating_sub(usize::from(c == '}')) };
                parts.last_mut().expect("it begins with one").push(c);
            }
        }
    }
    let paths = parts.iter().filter(|part| !part.trim().is_empty()).flat_map(|part| expanded(part));
    let before: String = before.split_whitespace().collect();
    paths.map(|path| format!("{before}{path}")).collect()
}

/// A path from the crate's root; none for one of another crate.
fn resolved(here: &[&str], path: &str) -> Option<Vec<String>> {
    let mut parts: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
    let mut base: Vec<&str> = here.to_vec();
    match *parts.first()? {
        "crate" => base.clear(),
        "self" => {}
        "super" => {
            while parts.first() == Some(&"super") {
                base.pop();
                parts.remove(0);
            }
            parts.insert(0, "super");
        }
        // In the root a module's name stands alone.
        _ if here.is_empty() => parts.insert(0, "self"),
        _ => return None,
    }
    Some(base.into_iter().chain(parts.into_iter().skip(1)).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_from_use_trees_and_from_code() {
        let code = "use crate::a::{B, c::{D as E, self}};\nuse std::fmt;\nfn f() -> super::x::Y { crate::g::<T>() }";
        let mut found: Vec<String> = paths(&["m", "n"], code).iter().map(|path| path.join("::")).collect();
        found.sort();
        found.dedup();
        assert_eq!(found, ["a", "a::B", "a::c::D", "a::c::self", "g", "m::x::Y"]);
    }

    #[test]
    fn modules_of_tests_are_known_by_their_declaration() {
        let text =
            "#[cfg(test)]\nmod tests;\n#[cfg(test)]\npub(crate) mod facts;\nmod real;\n#[cfg(test)]\nmod inline {}";
        assert_eq!(test_modules("a/b.rs", text), ["a/b/tests", "a/b/facts"]);
        assert_eq!(test_modules("lib.rs", "#[cfg(test)]\nmod naive;"), ["naive"]);
    }
}
