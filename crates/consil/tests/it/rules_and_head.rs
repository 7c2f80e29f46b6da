//! A task where the head sees what the rules do not: together they beat each alone.

use consil::Spec;

use crate::support::Folder;

const SPEC: &str = include_str!("../../../../examples/rules-and-head/consil.toml");
const RULES: &str = include_str!("../../../../examples/rules-and-head/half.pl");

/// The spec without some of its tables.
fn without(tables: &[&str]) -> String {
    let mut spec: toml::Table = toml::from_str(SPEC).unwrap();
    tables.iter().for_each(|table| drop(spec.remove(*table).unwrap()));
    toml::to_string(&spec).unwrap()
}

fn accuracy(spec: &str, seed: u64, set: &[&str]) -> f64 {
    let folder = Folder::new(&[("spec.toml", spec), ("half.pl", RULES)]);
    let seed = format!("seed={seed}");
    let project = folder.open(&[&[seed.as_str()], set].concat());
    folder.train(&project).1.test.result_accuracy
}

/// The product, and the rules without a head, over three seeds. The gate does not learn to open on this task yet (0.52 where the rules have 0.51). (The head without rules is in `a_head_alone_is_beaten`.)
#[test]
fn together_they_beat_the_rules_alone() {
    for seed in [1, 2, 3] {
        let rules = accuracy(&without(&["head"]), seed, &["logic.integration=product"]);
        for integration in ["product"] {
            let both = accuracy(SPEC, seed, &[&format!("logic.integration={integration}")]);
            println!("seed {seed} {integration}: both {both}, rules {rules}");
            assert!(both > rules + 0.05, "seed {seed} {integration}: both {both}, rules {rules}");
        }
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
        let (alone, both) = (folder.train(&head).1.test.result_accuracy, folder.train(&both).1.test.result_accuracy);
        println!("seed {seed}: both {both}, head {alone}");
        assert!(both > alone + 0.05, "seed {seed}: both {both}, head {alone}");
    }
}

/// Rules that derive nothing of a row leave its answer to the head, and are the answer where they are certain.
#[test]
fn rules_first_fills_what_the_rules_leave_open() {
    let spec = r#"
name = "gaps"
[data]
train = "train.csv"
test = "test.csv"
target = "y"
[modality.a]
kind = "table"
[network.n]
input = "a"
encoder = [{ linear = 4 }, "relu"]
[logic]
program = "gaps.pl"
query = "y(Y)"
facts = "known"
integration = "rules-first"
[head]
[train]
epochs = 40
batch-size = 8
optimizer = { adam = { lr = 2e-2 } }
"#;
    // Where the row says what it is, that is the answer; a is then misleading.
    let rules = ":- dynamic told/1.\nnn(n, [a], C, [low, high]) :: seen(C).\ny(Y) :- told(Y).\n";
    let mut rows = "a,known,y\n".to_owned();
    for i in 0..20 {
        let (a, y) = if i % 2 == 0 { (1.0, "high") } else { (-1.0, "low") };
        rows.push_str(&format!("{a},,{y}\n"));
        let other = if y == "high" { "low" } else { "high" };
        rows.push_str(&format!("{a},told({other}),{other}\n"));
    }
    let folder = Folder::new(&[("spec.toml", spec), ("gaps.pl", rules), ("train.csv", &rows)]);
    let project = folder.open(&[]);
    let (_, outcome) = folder.train(&project);
    assert_eq!(outcome.test.result_accuracy, 1.0, "{:?}", outcome.test);
}
