//! Source without what does not count: comments, strings, and items that only tests have.

/// The code without comments and string contents, and without items under `#[cfg(test)]`.
pub(crate) fn without_tests(text: &str) -> String {
    let mut code = code_only(text);
    while let Some(begin) = code.find("#[cfg(test)]") {
        let item = begin + "#[cfg(test)]".len();
        let end = end_of_item(&code, item);
        code.replace_range(begin..end, "");
    }
    code
}

/// The code without comments and string contents.
pub(super) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => string(rest),
            'r' if !code.ends_with(|c: char| c.is_alphanumeric() || c == '_') => raw_string(rest),
            '\'' => character(rest),
            _ => 0,
        };
        if skipped == 0 {
            code.push(c);
        }
        rest = &rest[skipped.max(c.len_utf8())..];
    }
    code
}

/// The length of a string that begins here.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// The length of a raw string that begins here; 0 where none does.
fn raw_string(rest: &str) -> usize {
    let n_hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    if !rest[1 + n_hashes..].starts_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(n_hashes));
    let body = 2 + n_hashes;
    rest[body..].find(&close).map_or(rest.len(), |at| body + at + close.len())
}

/// The length of a character that begins here; 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => rest[2..].find('\'').map_or(0, |at| match rest[2..].starts_with('\'') {
            true => 4,
            false => at + 3,
        }),
        Some(_) => chars.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

/// Where the item ends that begins at `begin`: after its semicolon or its closing brace.
fn end_of_item(code: &str, begin: usize) -> usize {
    let mut depth = 0usize;
    for (at, c) in code[begin..].char_indices() {
        match c {
            ';' if depth == 0 => return begin + at + 1,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                // A use tree has a semicolon behind its brace.
                if depth == 0 {
                    let after = begin + at + 1;
                    return after + usize::from(code[after..].starts_with(';'));
                }
            }
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_go_and_lifetimes_stay() {
        let text = "a // b\nc /* d */ \"e \\\" f\" r#\"g\"h\"# '\"' '\\'' 'x' &'l str \"\"";
        assert_eq!(code_only(text).split_whitespace().collect::<Vec<_>>(), ["a", "c", "&'l", "str"]);
    }

    #[test]
    fn what_only_tests_have_goes() {
        let text = "#[cfg(test)]\nmod tests;\nfn a() {}\n#[cfg(test)]\nmod inline { fn b() { } }\n#[cfg(test)]\nuse x::{y, z};\nfn c() {}";
        assert_eq!(without_tests(text).split_whitespace().collect::<String>(), "fna(){}fnc(){}");
    }
}
