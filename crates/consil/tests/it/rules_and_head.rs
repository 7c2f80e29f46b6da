//! A task where the head sees what the rules do not: together they beat each alone.

use std::sync::OnceLock;

use consil::Spec;

use crate::support::Folder;

const SPEC: &str = include_str!("../../../../examples/rules-and-head/consil.toml");
const RULES: &str = include_str!("../../../../examples/rules-and-head/half.pl");

/// The spec without some of its tables.
fn without(tables: &[&str]) -> String {
    let mut spec: toml::Table = toml::from_str(SPEC).unwrap();
    tables.iter().for_each(|table| drop(spec.remove(*table).unwrap()));
    if spec.get("head").is_none()
        && let Some(logic) = spec.get_mut("logic").and_then(toml::Value::as_table_mut)
    {
        logic.remove("integration");
    }
    toml::to_string(&spec).unwrap()
}

fn accuracy(spec: &str, seed: u64, set: &[&str]) -> f64 {
    let folder = Folder::new(&[("spec.toml", spec), ("half.pl", RULES)]);
    let seed = format!("seed={seed}");
    let project = folder.open(&[&[seed.as_str()], set].concat());
    folder.train(&project).1.test.result_accuracy
}

/// The accuracy of both together as the example has it, trained once for all tests.
fn product(seed: u64) -> f64 {
    static KNOWN: [OnceLock<f64>; 4] = [const { OnceLock::new() }; 4];
    *KNOWN[seed as usize].get_or_init(|| accuracy(SPEC, seed, &["logic.integration=product"]))
}

/// A gate finds that here neither is to be trusted alone, but both together.
#[test]
fn together_they_beat_the_rules_alone() {
    for seed in [1, 2, 3] {
        let rules = accuracy(&without(&["head"]), seed, &[]);
        let product = product(seed);
        let gate = accuracy(SPEC, seed, &["logic.integration=gate"]);
        println!("seed {seed}: product {product}, gate {gate}, rules {rules}");
        assert!(product > rules + 0.2 && gate > rules + 0.2, "seed {seed}: {product}, {gate}, rules {rules}");
        assert!(gate > product - 0.05, "seed {seed}: gate {gate}, product {product}");
    }
}

#[test]
fn a_head_alone_is_beaten() {
    for seed in [1, 2, 3] {
        // The same samples, labelled by the rules, without them.
        let folder = Folder::new(&[("spec.toml", SPEC), ("half.pl", RULES)]);
        let set = format!("seed={seed}");
        let both = folder.open(&[&set]);
        let head: Spec = Spec::parse("head.toml", &without(&["logic", "network"]), &[set.parse().unwrap()]).unwrap();
        let head = consil::Project::open_labelled_by(&head, folder.path(), &both).unwrap();
        let (alone, both) = (folder.train(&head).1.test.result_accuracy, product(seed));
        println!("seed {seed}: both {both}, head {alone}");
        assert!(both > alone + 0.2, "seed {seed}: both {both}, head {alone}");
    }
}

/// Rows that say what they are (`known`), rightly or not, beside what can be seen of them.
const KNOWN: &str = r#"
name = "known"
[data]
train = "train.csv"
test = "test.csv"
target = "y"
[modality.seen]
kind = "table"
columns = ["a", "b"]
[logic]
program = "known.pl"
query = "y(Y)"
facts = "known"
integration = "rules-first"
[head]
layers = [{ linear = 16 }, "relu"]
[train]
epochs = 60
batch-size = 16
optimizer = { adam = { lr = 1e-2 } }
"#;
const TOLD: &str = ":- dynamic told/1.\ny(Y) :- told(Y).\n";

fn name(is_high: bool) -> &'static str {
    if is_high { "high" } else { "low" }
}

/// Rules that derive nothing of a row leave its answer to the head, and are the answer where they are certain.
#[test]
fn rules_first_fills_what_the_rules_leave_open() {
    let mut rows = "a,b,known,y\n".to_owned();
    for i in 0..40 {
        let (a, y) = if i % 2 == 0 { (1, true) } else { (-1, false) };
        rows.push_str(&format!("{a},0,,{}\n", name(y)));
        // What is seen is misleading where the row says what it is.
        rows.push_str(&format!("{a},0,told({}),{}\n", name(!y), name(!y)));
    }
    let folder = Folder::new(&[("spec.toml", KNOWN), ("known.pl", TOLD), ("train.csv", &rows)]);
    let project = folder.open(&[]);
    let (_, outcome) = folder.train(&project);
    assert_eq!(outcome.test.result_accuracy, 1.0, "{:?}", outcome.test);
}

/// Where b is 1 a row's own word is right, and where it is −1 what is seen: the gate learns it, and neither alone could.
#[test]
fn a_gate_learns_which_of_the_two_to_trust() {
    for seed in [1, 2, 3] {
        let table = |seed: u64| {
            let mut stream = consil::Key::new(seed).child("rows").stream();
            let mut rows = "a,b,known,y\n".to_owned();
            for _ in 0..200 {
                let (y, noise, by_word) = (stream.uniform() < 0.5, stream.uniform() < 0.5, stream.uniform() < 0.5);
                let (word, seen, b) = if by_word { (y, noise, 1) } else { (noise, y, -1) };
                let a = if seen { 1 } else { -1 };
                rows.push_str(&format!("{a},{b},told({}),{}\n", name(word), name(y)));
            }
            rows
        };
        let (train, test) = (table(seed), table(seed + 100));
        let files = [("spec.toml", KNOWN), ("known.pl", TOLD), ("train.csv", &train), ("test.csv", &test)];
        let folder = Folder::new(&files);
        let gate = folder.train(&folder.open(&["logic.integration=gate"])).1.test.result_accuracy;
        let mut head: toml::Table = toml::from_str(KNOWN).unwrap();
        head.remove("logic");
        std::fs::write(folder.path().join("spec.toml"), toml::to_string(&head).unwrap()).unwrap();
        let head = folder.train(&folder.open(&[])).1.test.result_accuracy;
        println!("seed {seed}: gate {gate}, head {head}");
        // Of a row's own word and of what is seen, each alone is right in three of four.
        assert!(gate > 0.95 && head < 0.85, "seed {seed}: gate {gate}, head {head}");
    }
}
