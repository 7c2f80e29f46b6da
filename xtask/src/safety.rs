//! Unsafe code without its reason.

use crate::{File, Violation};

const WORD: &str = concat!("un", "safe");

/// Checks that each unsafe block and each unsafe implementation has a comment `SAFETY:` right above or on its line, and that
/// each unsafe function has a section `# Safety` in its documentation.
pub fn check(files: &[File]) -> Vec<Violation> {
    files.iter().filter(|file| file.is_rust()).flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Violation> {
    let lines: Vec<&str> = file.text.lines().collect();
    let refused = (0..lines.len()).filter_map(|i| {
        let (needed, what) = match opens(lines[i])? {
            Unsafe::Block => ("SAFETY:", "a comment `// SAFETY: why it holds` right above"),
            Unsafe::Function => ("# Safety", "a section `# Safety` in its documentation"),
        };
        let above = lines[..i].iter().rev().take_while(|line| is_preamble(line));
        let explained = lines[i].contains(needed) || above.into_iter().any(|line| line.contains(needed));
        (!explained).then(|| Violation::at(&file.path, i + 1, format!("{WORD} code needs {what}")))
    });
    refused.collect()
}

enum Unsafe {
    Block,
    Function,
}

/// What unsafe thing a line opens, comments left out.
fn opens(line: &str) -> Option<Unsafe> {
    let code = line.split("//").next()?;
    let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '{')).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    words.windows(2).find_map(|pair| match (pair[0], pair[1]) {
        (word, "{" | "impl") if word == WORD => Some(Unsafe::Block),
        (word, "fn" | "extern") if word == WORD => Some(Unsafe::Function),
        _ => None,
    })
}

/// A line that may stand between the reason and the code: comments, attributes, and the beginning of the same statement.
fn is_preamble(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("//") || line.starts_with("#[") || line.ends_with('=') || line.ends_with('(')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str) -> Vec<Violation> {
        check(&[File::new("crates/consil-runtime/src/kernel.rs", text.replace("UNSAFE", WORD))])
    }

    #[test]
    fn a_reason_right_above_is_enough() {
        for text in [
            "// SAFETY: the index is below the length, checked above.\nUNSAFE { f() }",
            "// SAFETY: both slices are equally long,\n// see the assertion.\nlet x = UNSAFE { f() };",
            "// SAFETY: no state is shared.\nlet x =\n    UNSAFE { f() };",
            "let x = UNSAFE { f() }; // SAFETY: no state is shared.",
            "// SAFETY: it holds no pointer.\nUNSAFE impl Send for X {}",
            "/// Does it.\n///\n/// # Safety\n/// The CPU has AVX2.\n#[inline]\npub UNSAFE fn f() {}",
            "//! UNSAFE { is only a word here }\n#![deny(UNSAFE_code)]",
        ] {
            assert_eq!(check_text(text), [], "{text}");
        }
    }

    #[test]
    fn no_reason_is_refused() {
        for text in [
            "UNSAFE { f() }",
            "// SAFETY: about something else.\nlet y = 1;\nUNSAFE { f() }",
            "// This is fine.\nlet x = UNSAFE { f() };",
            "UNSAFE impl Send for X {}",
            "/// Does it.\npub UNSAFE fn f() {}",
        ] {
            assert_eq!(check_text(text).len(), 1, "{text}");
        }
    }
}
