use super::*;
use crate::Fault;
use crate::manifest::Format;

fn read(name: &str, text: &str, config: &str) -> (Result<TargetColumn, DataError>, Vec<BadRow>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let mut bad = Vec::new();
    let absent = ["NA".to_owned()];
    let manifest = Manifest::read(&path, Format { absent: &absent, ..Format::default() }, &mut bad).unwrap();
    let config: TargetConfig = toml::from_str(config).unwrap();
    let column = TargetColumn::read(&manifest, "y", &config, true, &mut bad);
    (column, bad)
}

fn values(name: &str, text: &str, config: &str) -> Vec<Option<Target>> {
    let (column, bad) = read(name, text, config);
    assert!(bad.is_empty(), "{bad:?}");
    let column = column.unwrap();
    let rows = text.trim_end().lines().count() - usize::from(name.ends_with("csv"));
    let owned = |value: TargetRef<'_>| match value {
        TargetRef::Class(label) => Target::Class(label.to_owned()),
        TargetRef::Labels(labels) => Target::Labels(labels.clone()),
        TargetRef::Number(number) => Target::Number(number),
        TargetRef::Numbers(numbers) => Target::Numbers(numbers.to_vec()),
        TargetRef::Sequence(symbols) => Target::Sequence(symbols.to_vec()),
        TargetRef::Facts(facts) => Target::Facts(facts.to_vec()),
    };
    (0..rows).map(|row| column.get(row).map(owned)).collect()
}

fn set(labels: &[&str]) -> Option<Target> {
    Some(Target::Labels(labels.iter().map(|label| (*label).to_owned()).collect()))
}

#[test]
fn each_kind_is_read_from_csv_and_from_json() {
    let strings = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let class = Some(Target::Class("New York".to_owned()));
    assert_eq!(values("a.csv", "y,x\nNew York,1\n", "kind = 'class'"), std::slice::from_ref(&class));
    assert_eq!(values("a.jsonl", "{\"y\": \"New York\"}\n", "kind = 'class'"), [class]);

    let labels = [set(&["a", "b"]), set(&[]), set(&["a"])];
    assert_eq!(values("a.csv", "y,x\nb; a ;b,1\n,2\na,3\n", "kind = 'labels'"), labels);
    let lines = "{\"y\": [\"b\", \"a\"]}\n{\"y\": []}\n{\"y\": \"a\"}\n";
    assert_eq!(values("a.jsonl", lines, "kind = 'labels'"), labels);
    assert_eq!(values("a.csv", "y,x\na|b,1\n", "kind = 'labels'\nseparator = '|'"), [set(&["a", "b"])]);

    let numbers = |list: &[f64]| Some(Target::Numbers(list.to_vec()));
    assert_eq!(values("a.csv", "y,x\n-1.5e3,1\n", "kind = 'number'"), [Some(Target::Number(-1500.0))]);
    assert_eq!(values("a.csv", "y,x\n1;2.5,1\n", "kind = 'numbers'"), [numbers(&[1.0, 2.5])]);
    assert_eq!(values("a.csv", "u,v\n1,2.5\n", "kind = 'numbers'\ncolumns = ['u', 'v']"), [numbers(&[1.0, 2.5])]);
    assert_eq!(values("a.jsonl", "{\"y\": [1, 2.5]}\n", "kind = 'numbers'"), [numbers(&[1.0, 2.5])]);

    let sequence = Some(Target::Sequence(strings(&["up", "up", "left"])));
    assert_eq!(values("a.csv", "y,x\nup up  left,1\n", "kind = 'sequence'"), [sequence]);
    let facts = Some(Target::Facts(strings(&["edge(a,b)", "edge(b,c)"])));
    assert_eq!(values("a.csv", "y,x\n\"edge(a,b); edge(b,c)\",1\n", "kind = 'facts'"), [facts]);
}

#[test]
fn composed_and_decomposed_letters_are_one_label() {
    let (column, _) = read("a.csv", "y,x\ncaf\u{e9},1\ncafe\u{301},2\n", "kind = 'class'\nclasses = ['cafe\u{301}']");
    assert_eq!(column.unwrap().distinct(), ["caf\u{e9}"]);
}

#[test]
fn every_cell_that_is_no_target_has_its_place() {
    let faults = |text: &str, config: &str| {
        let (column, bad) = read("a.csv", text, config);
        column.unwrap();
        bad.into_iter().map(|bad| (bad.row.unwrap(), bad.column.unwrap(), bad.fault)).collect::<Vec<_>>()
    };
    let y = || "y".to_owned();
    let not_finite = |cell: &str| Fault::NotFinite { cell: cell.to_owned() };
    assert_eq!(
        faults("y,x\n1,1\ninf,1\nNaN,1\n1e400,1\n1e39,1\nhigh,1\n,1\nNA,1\n", "kind = 'number'"),
        [
            (3, y(), not_finite("inf")),
            (4, y(), not_finite("NaN")),
            (5, y(), not_finite("1e400")),
            (6, y(), not_finite("1e39")),
            (7, y(), Fault::NotANumber { cell: "high".to_owned() }),
            (8, y(), Fault::NoTarget),
            (9, y(), Fault::NoTarget),
        ]
    );
    assert_eq!(faults("y,x\nNA,1\n,1\n", "kind = 'labels'"), [(2, y(), Fault::NoTarget)]);
    assert_eq!(
        faults("y,x\n1;2,1\n1;2;3,1\n", "kind = 'numbers'"),
        [(3, y(), Fault::Members { expected: 2, found: 3 })]
    );
    assert_eq!(
        faults("u,v\n1,\n,\n", "kind = 'numbers'\ncolumns = ['u', 'v']"),
        [(2, "v".to_owned(), Fault::NoTarget), (3, "u".to_owned(), Fault::NoTarget)]
    );
    let unknown = Fault::UnknownClass { label: "dgo".to_owned(), nearest: Some("dog".to_owned()) };
    assert_eq!(faults("y,x\ncat;dgo,1\n", "kind = 'labels'\nclasses = ['cat', 'dog']"), [(2, y(), unknown)]);
}

#[test]
fn a_spec_names_one_column_or_several_targets() {
    #[derive(Debug, serde::Deserialize)]
    struct Data {
        target: TargetsConfig,
    }
    let parse = |text: &str| toml::from_str::<Data>(text).map(|data| data.target);
    assert_eq!(parse("target = 'result'").unwrap(), TargetsConfig::from("result"));
    let text = "[target.severity]\ncolumn = 'sev'\nkind = 'number'\nweight = 0.5\n[target.tags]\nkind = 'labels'\n";
    let named = parse(text).unwrap().named(None);
    assert_eq!(named["severity"].columns_of("severity"), ["sev"]);
    assert_eq!((named["severity"].weight, named["tags"].weight), (0.5, 1.0));
    assert_eq!(named["tags"].columns_of("tags"), ["tags"]);
    let error = parse("target = 3").unwrap_err().to_string();
    assert!(error.contains("the name of a column, or a table of targets"), "{error}");
    let error = parse("[target.y]\nkind = 'klass'\n").unwrap_err().to_string();
    assert!(error.contains("klass") && error.contains("`class`"), "{error}");
}
