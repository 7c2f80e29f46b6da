use super::*;

fn inferred(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Inferred) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("img")).unwrap();
    for name in ["a", "b"] {
        image::GrayImage::new(2, 2).save(folder.path().join(format!("img/{name}.png"))).unwrap();
    }
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let inferred = infer(&path).unwrap();
    (folder, inferred)
}

#[test]
fn every_kind_of_column_is_told_apart() {
    let mut text = "patient_id,visit_id,photo,age,weight,smoker,city,seen,notes,source,outcome\n".to_owned();
    for row in 0..40 {
        text += &format!(
            "p{},{},img/{}.png,{},{},{},{},2026-0{}-11,\"{}\",clinic,{}\n",
            row % 10,
            100 + row,
            ["a", "b"][row % 2],
            30 + row,
            if row == 3 { "n/a".to_owned() } else { format!("{}.5", 60 + row) },
            ["yes", "no"][row % 2],
            ["Rom", "Bern", "Oslo"][row % 3],
            1 + row % 9,
            format_args!("patient {row} came back, feeling well"),
            ["well", "ill"][row % 2],
        );
    }
    let (folder, inferred) = inferred("data.csv", text.as_bytes());
    let kinds: Vec<String> = inferred.columns.iter().map(|column| column.kind.to_string()).collect();
    let expected = [
        "category",
        "id",
        "vision path",
        "number",
        "number",
        "boolean",
        "category",
        "date",
        "text",
        "constant",
        "category",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(inferred.target, Some(("outcome".to_owned(), TargetKind::Class)));
    assert_eq!((inferred.data.id.as_deref(), inferred.data.group.as_deref()), (Some("visit_id"), Some("patient_id")));
    assert_eq!(inferred.data.absent, ["", "NA", "n/a"]);
    assert_eq!(inferred.columns[4].n_absent, 1);
    let table = &inferred.modalities["values"];
    assert_eq!(table.columns, ["age", "weight", "smoker", "city", "seen"]);
    assert_eq!(table.types.len(), 3);
    assert_eq!(inferred.modalities.keys().collect::<Vec<_>>(), ["notes", "photo", "values"]);
    assert_eq!(inferred.columns[9].used_as, None);

    // The spec says the same to whoever reads it.
    #[derive(serde::Deserialize)]
    struct Spec {
        data: DataConfig,
        modality: BTreeMap<String, ModalityConfig>,
    }
    let text = inferred.spec("clinic");
    let spec: Spec = toml::from_str(&text).unwrap();
    assert_eq!((&spec.data, &spec.modality), (&inferred.data, &inferred.modalities), "{text}");
    assert!(text.contains("#   weight: number, values (numbers, 39 different; absent from 1 of 40 rows)"), "{text}");
    assert!(
        text.contains("#   source: constant, left out (\"clinic\" in every row)") && text.ends_with("[head]\n"),
        "{text}"
    );

    // What was inferred opens as a data set.
    let data = crate::open(&inferred.data, &inferred.modalities, folder.path(), 1).unwrap();
    assert_eq!(data.train.len() + data.test.len(), 40);
    assert_eq!(crate::fit(&inferred.modalities, &data.train).unwrap().preparations.len(), 3);
}

#[test]
fn the_target_is_named_like_one_or_the_last() {
    let target = |text: &str| inferred("a.csv", text.as_bytes()).1.target.unwrap();
    let rows = |line: &str| {
        (0..20)
            .map(|row| line.replace("ROW", &format!("{row}.25")).replace("BIT", ["0", "1"][row % 2]))
            .collect::<String>()
    };
    assert_eq!(target(&format!("label,x\n{}", rows("BIT,ROW\n"))), ("label".to_owned(), TargetKind::Class));
    assert_eq!(target(&format!("x,price\n{}", rows("BIT,ROW\n"))), ("price".to_owned(), TargetKind::Number));
    let tags = (0..20).map(|row| format!("{row}.5,{}\n", ["a;b", "b", "c;a"][row % 3])).collect::<String>();
    assert_eq!(target(&format!("x,tags\n{tags}")), ("tags".to_owned(), TargetKind::Labels));
    let digits = (0..40).map(|row| format!("{row}.5,{}\n", row % 4)).collect::<String>();
    assert_eq!(target(&format!("x,digit\n{digits}")), ("digit".to_owned(), TargetKind::Class));
}

#[test]
fn formats_are_recognised_and_frozen() {
    let (_, latin) = inferred("a.csv", b"city;label\nM\xfcnchen;a\nRom;b\nM\xfcnchen;a\nRom;b\n");
    assert_eq!(latin.data.encoding, Encoding::Latin1);
    assert_eq!(latin.columns[0].kind, ColumnKind::Category);
    let lines = "{\"hand\": [[1, 2], [3, 4]], \"row\": [1, 2], \"label\": \"a\"}\n{\"hand\": [[1, 2]], \"row\": [3, null], \"label\": \"b\"}\n";
    let (_, json) = inferred("a.jsonl", lines.repeat(4).as_bytes());
    let kinds: Vec<ColumnKind> = json.columns.iter().map(|column| column.kind).collect();
    let expected =
        [ColumnKind::Inline(ModalityKind::Sensor), ColumnKind::Inline(ModalityKind::Table), ColumnKind::Category];
    assert_eq!(kinds, expected);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("e.csv"), "a,b\n").unwrap();
    assert!(matches!(infer(&folder.path().join("e.csv")), Err(DataError::NoRows { has_header: true, .. })));
    std::fs::write(folder.path().join("e.csv"), "").unwrap();
    assert!(matches!(infer(&folder.path().join("e.csv")), Err(DataError::NoRows { has_header: false, .. })));
}

#[test]
fn a_column_called_target_is_the_target() {
    let rows = |line: &str| {
        (0..20)
            .map(|row| line.replace("ROW", &format!("{row}.25")).replace("BIT", ["a", "b"][row % 2]))
            .collect::<String>()
    };
    let of = |header: &str, line: &str| inferred("a.csv", format!("{header}\n{}", rows(line)).as_bytes()).1;
    let found = of("x,y,target", "ROW,ROW,BIT\n");
    assert_eq!(found.target, Some(("target".to_owned(), TargetKind::Class)));
    assert!(found.columns[2].reason.ends_with("a column of this name is the target"), "{}", found.columns[2].reason);
    assert_eq!(found.modalities["values"].columns, ["x", "y"]);
    let found = of("y,class,x", "ROW,BIT,ROW\n");
    assert_eq!(found.target, Some(("class".to_owned(), TargetKind::Class)));
    assert!(found.columns[1].reason.ends_with("more surely than `y`"), "{}", found.columns[1].reason);
    // Nothing else is learned in its place.
    assert_eq!(of("y,target", "ROW,one\n").target, None);
}

#[test]
fn series_of_numbers_and_lists_of_words_are_what_they_are() {
    let line = |row: usize| {
        let pulse: Vec<String> = (0..3 + row % 4).map(|step| (70 + step).to_string()).collect();
        let tags = ["[\"x\"]", "[]", "[\"x\", \"z\"]"][row % 3];
        format!(
            "{{\"pulse\": [{}], \"mixed\": [1, \"a\"], \"tags\": {tags}, \"act\": \"{}\"}}\n",
            pulse.join(", "),
            ["up", "down"][row % 2]
        )
    };
    let (_, json) = inferred("a.jsonl", (0..20).map(line).collect::<String>().as_bytes());
    let kinds: Vec<ColumnKind> = json.columns.iter().map(|column| column.kind).collect();
    let sensor = ColumnKind::Inline(ModalityKind::Sensor);
    assert_eq!(kinds, [sensor, ColumnKind::Nested, ColumnKind::Lists, ColumnKind::Category]);
    assert_eq!(json.modalities.keys().collect::<Vec<_>>(), ["pulse"]);
    assert_eq!(json.target, Some(("act".to_owned(), TargetKind::Class)));
    let as_target = (0..20).map(line).collect::<String>().replace("\"tags\"", "\"target\"");
    let (_, json) = inferred("a.jsonl", as_target.as_bytes());
    assert_eq!(json.target, Some(("target".to_owned(), TargetKind::Labels)));
}

#[test]
fn an_absent_spelling_that_many_rows_are_of_is_a_class() {
    let text = |cell: &str| {
        let line = |row: usize| format!("{}.5,{}\n", row, if row.is_multiple_of(2) { cell } else { "EU" });
        "x,target\n".to_owned() + &(0..60).map(line).collect::<String>()
    };
    let (_, found) = inferred("a.csv", text("NA").as_bytes());
    assert_eq!((found.data.absent.clone(), found.columns[1].n_absent), (vec![String::new()], 0));
    assert!(
        found.columns[1].reason.ends_with("\"NA\" is one of its classes, not an absent cell"),
        "{:?}",
        found.columns
    );
    assert!(found.spec("m").contains("absent = [\"\"]"), "{}", found.spec("m"));
    // Among numbers it is absent, and one spelling cannot be both.
    let both = text("NA").replace("10.5,", "NA,");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), both).unwrap();
    let error = infer(&folder.path().join("a.csv")).unwrap_err().to_string();
    assert!(error.contains("\"NA\" is a class of \"target\" in 30 rows") && error.contains("in \"x\""), "{error}");
}

#[test]
fn one_value_and_nothing_else_is_two_values() {
    let text = "x,y,target\n".to_owned() + &"NaN,2,a\n2,3,b\n".repeat(20);
    let (_, found) = inferred("a.csv", text.as_bytes());
    assert_eq!((found.columns[0].kind, found.columns[0].n_absent), (ColumnKind::Number { is_whole: true }, 20));
    assert_eq!(found.columns[0].reason, "\"2\" in each of the 20 rows that have a value");
    assert_eq!(found.modalities["values"].columns, ["x", "y"]);
}

#[test]
fn wide_text_without_its_mark_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let wide: Vec<u8> = "x,label\n1,a\n2,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path().join("w.csv"), wide).unwrap();
    let error = infer(&folder.path().join("w.csv")).unwrap_err().to_string();
    assert!(
        error.contains("UTF-16 without its byte order mark") && error.contains("store the file as UTF-8"),
        "{error}"
    );
}
