//! Accuracies as a user meets them: one interval for a question, wherever it is asked, and what puts an accuracy into proportion.

use serde_json::Value;

use crate::project::Project;

const SPEC: &str = r#"name = "tables"
seed = 3

[data]
train = "tables-train.csv"
test = "tables-test.csv"
target = "label"

[modality.first]
kind = "table"
columns = ["a", "b"]

[modality.second]
kind = "table"
columns = ["c"]

[head]
fusion = "mean"

[train]
epochs = 1
batch-size = 20
"#;

/// Rows that are all different; `c` is there in one of ten.
fn rows(n: usize, label: impl Fn(usize) -> &'static str) -> String {
    let row = |i: usize| {
        let c = if i.is_multiple_of(10) { format!("{i}") } else { String::new() };
        format!("{i},{},{c},{}\n", (i * 7) % 13, label(i))
    };
    "a,b,c,label\n".to_owned() + &(0..n).map(row).collect::<String>()
}

fn project(label: impl Fn(usize) -> &'static str + Copy) -> Project {
    let project = Project::new();
    project.write("tables.toml", SPEC);
    project.write("tables-train.csv", &rows(60, label));
    project.write("tables-test.csv", &rows(100, label));
    project
}

fn printed(project: &Project, args: &str) -> String {
    let output = project.consil(args).assert().success();
    String::from_utf8_lossy(&output.get_output().stdout).into_owned()
}

#[test]
fn one_question_has_one_interval_wherever_it_is_asked() {
    let project = project(|i| if i % 3 == 0 { "no" } else { "yes" });
    let trained = project.json("train tables.toml");
    let result: &Value = &trained["accuracies"]["result"];
    // A hundred different rows, of which ten have the second table: an absent cell repeats nothing.
    assert_eq!((&result["n"], &result["distinct"]), (&Value::from(100), &Value::Null));
    let (p, n, z) = (result["accuracy"].as_f64().unwrap(), 100.0, 1.959_963_984_540_054_f64);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let ends = [-half, half].map(|half| (p + z * z / (2.0 * n) + half) / (1.0 + z * z / n));
    for (end, by_hand) in ends.iter().enumerate() {
        let found = result["interval"][end].as_f64().unwrap();
        assert!((found - by_hand).abs() < 1e-12, "{found} {by_hand}");
    }

    let evaluated = project.json("eval tables-001");
    assert_eq!(&evaluated["accuracies"]["result"], result);
    let elsewhere = project.json("eval tables-001 --data tables-test.csv");
    assert_eq!(&elsewhere["accuracies"]["result"], result);
    let range = format!("{:.1} – {:.1} %", 100.0 * ends[0], 100.0 * ends[1]);
    assert!(printed(&project, "runs show tables-001").contains(&range), "{range}");
    assert!(printed(&project, "eval tables-001").contains(&range), "{range}");
    let report = project.read("runs/tables-001/report.html");
    assert!(report.contains(&range.replace(' ', "\u{a0}")), "{range}");
}

#[test]
fn an_accuracy_stands_beside_the_most_frequent_class_and_the_recalls() {
    let project = project(|i| if i == 40 { "rare" } else { "usual" });
    let text = printed(&project, "train tables.toml");
    let line =
        |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    assert!(line("most frequent class").ends_with("99.0 %"), "{text}");
    assert!(line("balanced accuracy").ends_with("50.0 %"), "{text}");
    assert!(line("rare").split_whitespace().eq(["rare", "0.0", "%", "1"]), "{text}");
    let report = project.read("runs/tables-001/report.html");
    assert!(report.contains("The classes are not found equally well"), "the verdict says so");
}

#[test]
fn one_class_only_is_warned_of() {
    let project = project(|_| "usual");
    let checked = project.json("check tables.toml");
    let warnings = checked["warnings"].to_string();
    assert!(warnings.contains("all 60 training rows have the label"), "{checked}");
    let said = project.consil("train tables.toml").assert().success();
    let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
    assert!(said.contains("a model can only learn to say it"), "{said}");
}
