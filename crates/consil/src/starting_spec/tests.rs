use consil_diagnostic::Report;
use consil_random::Key;

use super::*;
use crate::check::check;
use crate::source::SpecSource;

#[test]
fn a_spec_for_a_table_says_what_it_found_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let line = |i: usize| format!("r{i},{}.5,{},{}\n", i % 9, ["red", "green"][i % 2], ["x", "y"][i % 2]);
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, "id,size,colour,label\n".to_owned() + &(0..30).map(line).collect::<String>()).unwrap();
    let made = StartingSpec::new("mine", &path, &folder.path().join("mine")).unwrap();
    let spec = Spec::parse("mine", &made.text, &[]).unwrap();
    assert_eq!(spec.data.train.as_deref(), Some(Path::new("../rows.csv")), "{}", made.text);
    assert_eq!(spec.data.id.as_deref(), Some("id"), "{}", made.text);
    assert_eq!(made.inferred.target.as_ref().map(|(name, _)| name.as_str()), Some("label"));
    assert!(!made.text.contains("[train]") && !made.text.contains("cache-mb"), "{}", made.text);
    assert!(made.text.lines().any(|line| line.starts_with("#   colour") && line.contains("category")), "{}", made.text);
}

/// A column of cells by row: what CSV writes, and what JSON does. Each kind is one that somebody's table has.
type Column = fn(usize, u64) -> (String, String);

const COLUMNS: [(&str, Column); 16] = [
    ("count", |row, _| plain((row * 7) % 11)),
    ("size", |_, draw| plain(format!("{}.5", draw % 90))),
    ("large", |row, draw| plain(1_000_000_000 + (row as u64 * draw) % 7)),
    ("gaps", |row, draw| if draw % 4 == 0 { ("NA".to_owned(), "null".to_owned()) } else { plain(row * 3) }),
    ("spelled", |_, draw| if draw % 5 == 0 { ("none".to_owned(), "\"none\"".to_owned()) } else { plain(draw % 100) }),
    ("euros", |_, draw| word(format!("{},5", draw % 50))),
    ("share", |_, draw| word(format!("{}%", draw % 50))),
    ("infinite", |row, _| if row == 3 { word("inf") } else { plain(row) }),
    ("seen", |row, _| word(format!("2024-02-{:02}", 1 + row % 28))),
    ("slashed", |row, _| word(format!("{}/13/2024", 1 + row % 12))),
    ("colour", |_, draw| word(["red", "green", "blue"][draw as usize % 3])),
    ("yes", |_, draw| word(["yes", "no"][draw as usize % 2])),
    ("region", |_, draw| word(["NA", "EU"][draw as usize % 2])),
    ("note", |row, draw| word(format!("note {row} of {draw} words"))),
    ("photo", |row, _| word(format!("img/{row}.png"))),
    ("one", |_, _| plain(1)),
];

/// What JSON alone can hold.
const NESTED: [(&str, Column); 5] = [
    ("pulse", |row, _| (String::new(), format!("{:?}", (0..2 + row % 5).collect::<Vec<_>>()))),
    ("row", |row, _| (String::new(), format!("[{row}, null]"))),
    ("motion", |row, _| (String::new(), format!("{:?}", vec![[row, 2]; 1 + row % 3]))),
    ("tags", |_, draw| (String::new(), ["[]", "[\"x\"]", "[\"x\", \"z\"]"][draw as usize % 3].to_owned())),
    ("mixed", |row, _| (String::new(), ["[1, \"a\"]", "[[1], [1, 2]]", "{\"a\": 1}"][row % 3].to_owned())),
];

fn plain(cell: impl ToString) -> (String, String) {
    (cell.to_string(), cell.to_string())
}

fn word(cell: impl ToString) -> (String, String) {
    (format!("\"{}\"", cell.to_string()), format!("\"{}\"", cell.to_string()))
}

/// A table of some of the columns, the last of them called as a target is, at times.
fn table(seed: u64) -> (&'static str, String) {
    let mut stream = Key::new(seed).stream();
    let is_json = stream.below(2) == 1;
    let known: Vec<(&str, Column)> = if is_json { [&COLUMNS[..], &NESTED].concat() } else { COLUMNS.to_vec() };
    let chosen: Vec<(&str, Column)> = (0..2 + stream.below(4)).map(|_| known[stream.below(known.len())]).collect();
    let last = chosen.len() - 1;
    let is_named = stream.below(2) == 1;
    let name = |at: usize| if at == last && is_named { "target".to_owned() } else { format!("{}-{at}", chosen[at].0) };
    let mut text = String::new();
    if !is_json {
        text += &(0..chosen.len()).map(name).collect::<Vec<_>>().join(",");
        text += "\n";
    }
    for row in 0..60 {
        let cells = chosen.iter().map(|(_, cell)| cell(row, stream.below(1_000) as u64));
        if is_json {
            let entries: Vec<String> =
                cells.enumerate().map(|(at, (_, json))| format!("\"{}\": {json}", name(at))).collect();
            text += &format!("{{{}}}\n", entries.join(", "));
        } else {
            text += &(cells.map(|(csv, _)| csv).collect::<Vec<_>>().join(",") + "\n");
        }
    }
    (if is_json { "t.jsonl" } else { "t.csv" }, text)
}

#[test]
fn a_spec_that_is_made_for_a_table_passes_the_check_on_it() {
    let mut accepted = 0;
    for seed in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let (name, text) = table(seed);
        let path = folder.path().join(name);
        std::fs::write(&path, &text).unwrap();
        let beside = folder.path().join("mine");
        match StartingSpec::new("mine", &path, &beside) {
            Ok(made) => {
                std::fs::create_dir(&beside).unwrap();
                std::fs::write(beside.join("consil.toml"), &made.text).unwrap();
                let report = check(&SpecSource::new(&beside.join("consil.toml"), None).unwrap(), &[]);
                assert!(report.problems.is_empty(), "{seed}: {:?}\n{}\n{text}", report.problems, made.text);
                accepted += 1;
            }
            // A reason and a remedy, not as many lines as there are rows.
            Err(error) => {
                let said = Report::of(&error).to_string();
                assert!(said.contains("help:") || said.contains("write one of them differently"), "{seed}: {said}");
                assert!(said.lines().count() < 30, "{seed}: {said}");
            }
        }
    }
    assert!(accepted >= 12, "{accepted} of 40 tables");
}

#[test]
fn rows_that_no_training_takes_are_named_before_a_spec_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let rows = |empty: usize| {
        let line = |row: usize| format!("{row}.5,{}\n", if row < empty { "" } else { ["a", "b"][row % 2] });
        "x,target\n".to_owned() + &(0..60).map(line).collect::<String>()
    };
    std::fs::write(&path, rows(30)).unwrap();
    let error = Report::of(&StartingSpec::new("mine", &path, &folder.path().join("mine")).unwrap_err()).to_string();
    assert!(error.contains("30 rows cannot be used") && error.contains("… and 10 more"), "{error}");
    assert!(error.contains("t.csv:2, column \"target\": the target is empty") && error.contains("help:"), "{error}");
    std::fs::write(
        &path,
        "x,y,target\n".to_owned() + &(0..40).map(|row| format!("{row}.5,{row}.25,one\n")).collect::<String>(),
    )
    .unwrap();
    let error = Report::of(&StartingSpec::new("mine", &path, &folder.path().join("mine")).unwrap_err()).to_string();
    assert!(
        error.contains("the column `target` of") && error.contains("it holds constant (\"one\" in every row)"),
        "{error}"
    );
}
