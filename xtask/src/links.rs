//! Links in the documentation that lead nowhere.

use std::collections::BTreeSet;

use crate::{File, Repository, Violation};

/// Checks that each relative link of each Markdown file leads to a file or a folder of the repository, and each `#part` of
/// a link to a Markdown file to a heading of it.
pub fn check(repository: &Repository) -> Vec<Violation> {
    let markdown = repository.files.iter().filter(|file| file.path.ends_with(".md"));
    markdown.flat_map(|file| check_file(file, repository)).collect()
}

fn check_file(file: &File, repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for (number, target) in targets(file) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (path, part) = target.split_once('#').unwrap_or((target, ""));
        let path = if path.is_empty() { file.path.clone() } else { resolve(&file.path, path) };
        let folder = format!("{path}/");
        if !repository.paths.iter().any(|p| *p == path || p.starts_with(&folder)) {
            found.push(Violation::at(
                &file.path,
                number,
                format!("the link {target} leads to {path}, which does not exist"),
            ));
        } else if let Some(to) = repository.file(&path)
            && !part.is_empty()
            && !anchors(to).contains(part)
        {
            found.push(Violation::at(&file.path, number, format!("the link {target} leads to no heading of {path}")));
        }
    }
    found
}

/// The targets of `[text](target)`, outside code.
fn targets(file: &File) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every second piece between backticks is code.
        for prose in line.split('`').step_by(2) {
            let links = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            found.extend(links.map(|(target, _)| (number, target)));
        }
    }
    found
}

/// A path relative to a file, from the root.
fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The anchors of a file's headings, as GitHub makes them: lower case, hyphens for spaces, no other punctuation.
fn anchors(file: &File) -> BTreeSet<String> {
    let headings = file
        .lines()
        .filter_map(|(_, line)| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    let anchor = |heading: &str| -> String {
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_texts(files: &[(&str, &str)]) -> Vec<Violation> {
        let files: Vec<File> = files.iter().map(|(path, text)| File::new(*path, *text)).collect();
        let paths = files.iter().map(|file| file.path.clone()).collect();
        check(&Repository { files, paths })
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        let text = "[a](b.md) [up](../README.md#the-way-in) [folder](../docs) [web](https://example.org) `[x](y)`\n# Here\n[h](#here)";
        assert_eq!(check_texts(&[("docs/a.md", text), ("docs/b.md", ""), ("README.md", "## The way in!\n")]), []);
    }

    #[test]
    fn a_link_to_no_file_or_no_heading_is_refused() {
        for text in ["[a](c.md)", "[a](../docs2/)", "[a](b.md#nothing)", "[a](#nothing)"] {
            assert_eq!(check_texts(&[("docs/a.md", text), ("docs/b.md", "# Something")]).len(), 1, "{text}");
        }
    }
}
