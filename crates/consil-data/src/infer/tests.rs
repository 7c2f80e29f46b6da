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
    assert_eq!(inferred.data.absent, ["", "n/a"]);
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
    assert!(matches!(infer(&folder.path().join("e.csv")), Err(DataError::Empty { .. })));
}
