use super::*;
use consil_random::Key;

#[test]
fn the_answer_of_a_text_is_the_value_said_with_the_key() {
    let mut stream = Key::new(3).child("texts").stream();
    for _ in 0..200 {
        let (said, answer) = RecallConfig::default().draw(&mut stream);
        let words: Vec<&str> = said.split(' ').collect();
        assert_eq!(words.len(), 9);
        let pairs: Vec<&[&str]> = words[..8].chunks(2).filter(|pair| pair[0] == words[8]).collect();
        assert_eq!(pairs, [[words[8], answer.to_string().as_str()]], "{said}");
    }
}

/// Writes the built-in files, and measures the rows with `change` applied to the list and to specs.
fn measure(change: impl Fn(&str) -> String, name: &str) -> Ablation {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in FILES {
        std::fs::write(folder.path().join(file), change(text)).unwrap();
    }
    let rows = rows("rows.toml", &change(FILES[0].1)).unwrap();
    let row = rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("{name}"));
    let mut told = 0;
    let workers = crate::Workers::new(std::num::NonZeroUsize::MIN).unwrap();
    let context = RunContext::new(&workers);
    let found = row.measure(folder.path(), &[1, 2], "a test", &context, &mut |done| told = done).unwrap().unwrap();
    assert_eq!((told, found.with.len(), found.without.len()), (4, 2, 2));
    let interrupted = context.interrupted_by(&|| true);
    assert_eq!(row.measure(folder.path(), &[1], "a test", &interrupted, &mut |_| ()).unwrap(), None);
    found
}

/// The least of each spec.
fn small(text: &str) -> String {
    let shrink = |line: &str| match line.split_once(" = ") {
        Some(("epochs", _)) => "epochs = 1".to_owned(),
        Some(("train", n)) if n.parse::<usize>().is_ok() => "train = 60".to_owned(),
        Some(("test", n)) if n.parse::<usize>().is_ok() => "test = 60".to_owned(),
        Some(("tasks", _)) => "tasks = 2".to_owned(),
        Some(("tests", _)) => "tests = 2".to_owned(),
        Some(("shots" | "queries", _)) => format!("{} = 1", line.split_once(" = ").map_or("", |pair| pair.0)),
        _ => line.to_owned(),
    };
    text.lines().map(shrink).map(|line| line + "\n").collect()
}

#[test]
fn every_built_in_row_is_measured() {
    for row in rows("rows.toml", FILES[0].1).unwrap() {
        let found = measure(small, &row.name);
        assert!(found.with.iter().chain(&found.without).all(|value| (0.0..=1.0).contains(value)), "{found:?}");
        // What the file is read by refuses what it cannot use.
        let text = serde_json::to_string(&[&found]).unwrap();
        let read = consil_pathways::architectural::read_ablations("a.json", &text).unwrap();
        assert_eq!(read, [found]);
    }
}

#[test]
fn what_makes_no_row_is_refused() {
    let unknown =
        rows("rows.toml", "[[row]]\nname = \"x\"\ntask = \"t\"\ncompare = { speks = {} }").unwrap_err().to_string();
    assert!(unknown.contains("rows.toml") && unknown.contains("speks"), "{unknown}");
}
