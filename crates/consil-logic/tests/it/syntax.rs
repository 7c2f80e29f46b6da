//! The reader: no input makes it panic, and what is written reads back.

use consil_logic::{Program, Term, parse_term};
use proptest::prelude::*;

fn term() -> impl Strategy<Value = Term> {
    let atom = prop_oneof![
        "[a-z][a-zA-Z0-9_]{0,4}",
        Just("[]".to_owned()),
        Just("+".to_owned()),
        Just(":-".to_owned()),
        Just("mod".to_owned()),
        Just("it's".to_owned()),
        Just(",".to_owned()),
        Just(".".to_owned()),
        Just("/*".to_owned()),
        "\\PC{0,4}",
        // With control characters, at the end too.
        "[a-z\u{0}-\u{1f}\u{7f}-\u{9f}]{1,4}",
    ];
    let leaf = prop_oneof![
        atom.clone().prop_map(|name| Term::atom(&name)),
        any::<i64>().prop_map(Term::Int),
        any::<f64>().prop_filter("a number", |x| !x.is_nan()).prop_map(Term::Float),
        prop_oneof![Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-0.0)].prop_map(Term::Float),
        "[A-Z][a-z0-9]{0,3}".prop_map(|name| Term::var(&name)),
        "\\PC{0,6}|a\n\t\"\\\\|[\u{0}-\u{1f}a\u{7f}]{0,4}".prop_map(|text| Term::Str(text.into())),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let operator = prop::sample::select(vec![
            ",", ";", "->", ":-", "::", "=", "is", "<", "=..", "+", "-", "*", "//", "mod", "**", "^", "xor", "-->",
        ]);
        prop_oneof![
            (atom.clone(), prop::collection::vec(inner.clone(), 1..4))
                .prop_map(|(name, args)| Term::compound(&name, args)),
            (operator, inner.clone(), inner.clone()).prop_map(|(name, a, b)| Term::compound(name, vec![a, b])),
            (prop::sample::select(vec!["-", "\\+", "+", "\\", ":-"]), inner.clone())
                .prop_map(|(name, a)| Term::compound(name, vec![a])),
            (prop::collection::vec(inner.clone(), 1..4), inner)
                .prop_map(|(items, tail)| Term::list_with_tail(items, tail)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_terms_read_back(term in term()) {
        let text = term.to_string();
        let back = parse_term(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(back, term, "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,60}") {
        if let Err(error) = Program::parse("random", &text) {
            prop_assert!(!error.items().is_empty() && !error.to_string().is_empty());
        }
    }

    #[test]
    fn no_sequence_of_tokens_makes_the_reader_panic(tokens in prop::collection::vec(prop::sample::select(vec![
        "a", "X", "_", "1", "2.5", "0.3", "::", ":-", ",", ";", ".", ". ", "(", ")", "[", "]", "|", "\\+", "-", "is", "nn", "'q r'", "\"s\"",
        "->", "query", "evidence", " ", "\n", "% c\n", "/* c */", "=", "<", "!", "p(", "dynamic", "/", "é", "0x1f", "1e5",
    ]), 0..40)) {
        let text: String = tokens.concat();
        if let Err(error) = Program::parse("random", &text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_an_overflow() {
    for (open, close) in [("f(", ")"), ("[", "]"), ("(", ")"), ("- ", ""), ("\\+ ", "")] {
        let text = format!("{}a{}", open.repeat(100_000), close.repeat(100_000));
        assert!(parse_term(&text).unwrap_err().to_string().contains("levels of nesting"), "{open}");
    }
    let sum = format!("X = 1{}", " + 1".repeat(10_000));
    assert!(parse_term(&sum).unwrap_err().to_string().contains("more than 900 operands in a row"));
    let sum = format!("1{}", " + 1".repeat(800));
    assert_eq!(parse_term(&sum).unwrap().to_string(), sum);
    let conjunction = format!("p :- q{}.\nq.", ", q".repeat(10_000));
    assert!(Program::parse("long", &conjunction).is_ok());
}

#[test]
fn programs_write_what_reads_back_to_them() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let subjects = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = subjects.flat_map(|subject| std::fs::read_dir(subject).unwrap().map(|entry| entry.unwrap().path()));
    let mut n_programs = 0;
    for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "pl")) {
        let text = std::fs::read_to_string(file).unwrap();
        // Programs with errors and programs that load others have no text of their own to write.
        let Ok(program) = Program::parse("a", &text) else { continue };
        let written = program.to_string();
        let again = Program::parse("b", &written).unwrap_or_else(|error| panic!("{error}")).to_string();
        assert_eq!(again, written);
        n_programs += 1;
    }
    assert!(n_programs > 150);
}
