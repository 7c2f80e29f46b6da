//! Mutations of program texts, driven by a counter-based hash: the same seed gives the same text.

use std::path::Path;

use consil_logic::{Budget, Engine, Loaded, Loader, Program, Request};

/// Pieces that the grammar cares about.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "|",
    ",",
    ".",
    ". ",
    ";",
    "::",
    ":-",
    "\\+",
    "->",
    "-",
    "+",
    "*",
    "**",
    "=..",
    "is",
    "X",
    "_",
    "Y1",
    "0.5",
    "1",
    "-1",
    "9223372036854775807",
    "1.0e308",
    "0x",
    "'",
    "\"",
    "%",
    "/*",
    "*/",
    "\n",
    " ",
    "é",
    "\u{0}",
    "nn(",
    "t(_)",
    "findall(X, ",
    "all(",
    "aggregate(sum, ",
    "subquery(",
    "call(",
    "forall(",
    "query(",
    "evidence(",
    ":- ",
    ":- include('files/family.pl').",
    ":- load(edge/2, \"x.csv\").",
    "not ",
    "length(L, ",
    "between(1, 1000000000, ",
    "append(",
    "member(",
    "s(s(s(",
    "[[[[",
    "f(f(",
    "{",
    "}",
    "^",
    "=>",
    "@",
    "$",
    "\\",
    "0.3::a; 0.8::b",
    "mod 0",
    "// 0",
    "!",
];

/// A splitmix64 generator (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// The texts of the conformance programs.
pub fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let subjects = std::fs::read_dir(folder).expect("the programs are there").flatten();
    let mut files: Vec<_> = subjects
        .flat_map(|subject| std::fs::read_dir(subject.path()).into_iter().flatten().flatten())
        .map(|file| file.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect()
}

/// One text of the corpus with a few changes.
pub fn mutated(corpus: &[String], dice: &mut Dice) -> String {
    changed(&corpus[dice.below(corpus.len())], corpus, PIECES, dice)
}

/// A text with a few changes: pieces taken out, put in, repeated, or copied from another text of the corpus.
pub fn changed(text: &str, corpus: &[String], pieces: &[&str], dice: &mut Dice) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for _ in 0..1 + dice.below(6) {
        let at = dice.below(text.len() + 1);
        let until = (at + dice.below(12)).min(text.len());
        match dice.below(6) {
            0 => drop(text.drain(at..until)),
            1 => {
                let piece = pieces[dice.below(pieces.len())];
                text.splice(at..at, piece.chars());
            }
            2 => {
                let piece = pieces[dice.below(pieces.len())];
                text.splice(at..until, piece.chars());
            }
            3 => {
                let copy = text[at..until].repeat(1 + dice.below(40));
                text.splice(at..at, copy);
            }
            4 => {
                let other: Vec<char> = corpus[dice.below(corpus.len())].chars().collect();
                let from = dice.below(other.len());
                let to = (from + dice.below(80)).min(other.len());
                text.splice(at..at, other[from..to].iter().copied());
            }
            _ if at < text.len() => text[at] = char::from_u32(dice.below(0x300) as u32).unwrap_or('?'),
            _ => {}
        }
    }
    text.into_iter().collect()
}

/// Reads, writes and runs a text under a small budget. Whatever it is, the outcome is an answer or an error with a message.
pub fn try_text(text: &str) -> Outcome {
    let mut loader = |request: &Request| match request.name.len() % 3 {
        0 => Err("no such file".to_owned()),
        1 => Ok(Loaded::text("other", text.chars().rev().collect::<String>())),
        _ => Ok(Loaded::text("again", text)),
    };
    try_program(text, &mut loader)
}

/// Reads a text with what it loads, writes it, reads what was written, and runs it.
pub fn try_program(text: &str, loader: &mut Loader<'_>) -> Outcome {
    let program = match Program::parse_with("fuzz", text, loader) {
        Ok(program) => program,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Outcome::Refused;
        }
    };
    let written = program.to_string();
    match Program::parse("written", &written) {
        Ok(again) => assert_eq!(again.to_string(), written),
        Err(error) => panic!("what was written does not read back: {error}"),
    }
    let budget =
        Budget { max_steps: 5_000, max_answers: 2_000, max_nodes: 5_000, max_depth: 2_000, ..Budget::default() };
    match Engine::new(program).and_then(|engine| engine.solve(&budget)) {
        Ok(solutions) => {
            for solution in solutions {
                let p = solution.probability;
                assert!(p.is_nan() || (-1e-9..=1.0 + 1e-9).contains(&p), "{}: {p}", solution.answer);
            }
            Outcome::Answered
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            Outcome::Failed
        }
    }
}

/// How a text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A diagnostic.
    Refused,
    /// An error of evaluation.
    Failed,
    /// Answers.
    Answered,
}
