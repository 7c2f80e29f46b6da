use std::io::Write;

use super::*;

fn read_bytes(name: &str, bytes: &[u8], format: Format<'_>) -> Result<(Manifest, Vec<BadRow>), DataError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut bad = Vec::new();
    let manifest = Manifest::read(&path, format, &mut bad)?;
    Ok((manifest, bad))
}

fn read(name: &str, text: &str) -> (Manifest, Vec<BadRow>) {
    let absent = [String::new(), "NA".to_owned()];
    read_bytes(name, text.as_bytes(), Format { absent: &absent, ..Format::default() }).unwrap()
}

#[test]
fn csv_and_jsonl_give_the_same_table() {
    let (csv, bad) = read("a.csv", "\u{feff}image, label\n\"a,b.png\",3\nNA,4\n,5\n");
    assert!(bad.is_empty());
    let lines = "{\"image\": \"a,b.png\", \"label\": 3}\n\n{\"image\": null, \"label\": 4}\n{\"label\": 5}\n";
    let (jsonl, bad) = read("a.jsonl", lines);
    assert!(bad.is_empty());
    for manifest in [&csv, &jsonl] {
        assert_eq!(manifest.columns, ["image", "label"]);
        assert_eq!(manifest.texts(0), [Some("a,b.png".to_owned()), None, None]);
        assert_eq!(manifest.texts(1), ["3", "4", "5"].map(|s| Some(s.to_owned())));
    }
    assert_eq!(csv.rows.iter().map(|r| r.line).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(jsonl.rows.iter().map(|r| r.line).collect::<Vec<_>>(), [1, 3, 4]);
}

#[test]
fn every_bad_line_is_reported_and_the_good_ones_kept() {
    let (manifest, bad) = read("a.csv", "x,y\n1,2\n3\n4,5,6\n7,8\n");
    assert_eq!(manifest.rows.len(), 2);
    assert_eq!(bad.iter().map(|b| b.row).collect::<Vec<_>>(), [Some(3), Some(4)]);
    let (manifest, bad) = read("a.jsonl", "{\"x\": 1}\n[1]\n{\"x\": \n{\"x\": 1, \"x\": 2}\n");
    assert_eq!(manifest.rows.len(), 1);
    assert_eq!(bad.iter().map(|b| b.row).collect::<Vec<_>>(), [Some(2), Some(3), Some(4)]);
    assert_eq!(bad[0].fault, Fault::NotAnObject { found: "an array" });
    assert!(bad[0].to_string().contains("a.jsonl:2: an array, and no JSON object; write one"), "{}", bad[0]);
    assert_eq!(bad[2].fault, Fault::RepeatedKey { key: "x".to_owned() });
    assert!(bad[2].to_string().contains("the key \"x\" occurs twice; keep one"), "{}", bad[2]);
}

#[test]
fn lines_are_counted_alike_whatever_ends_them() {
    let text = "a,b,label\n1,2,no\n\n1,x\n\"two\nlines\",2,no\n1\n";
    for end in ["\n", "\r\n", "\r"] {
        let (manifest, bad) = read("a.csv", &text.replace('\n', end));
        let lines: Vec<usize> = manifest.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 5], "{end:?}");
        // Blank lines and cells of two lines count as an editor counts them.
        assert_eq!(bad.iter().map(|b| b.row).collect::<Vec<_>>(), [Some(4), Some(7)], "{end:?}");
    }
}

#[test]
fn separators_and_packing_are_recognised() {
    for separator in [",", ";", "\t"] {
        let text =
            "name,when,label\n\"a,b;c\",1,x\n\"d;e,f\",2,y\n".replace("e,w", "e\u{1}w").replace("n,l", "n\u{1}l");
        let text = text.replace("\",1,", "\"\u{1}1\u{1}").replace("\",2,", "\"\u{1}2\u{1}").replace('\u{1}', separator);
        let (manifest, bad) = read("a.csv", &text);
        assert!(bad.is_empty(), "{bad:?}");
        assert_eq!(manifest.columns, ["name", "when", "label"], "{separator:?}");
        assert_eq!(manifest.texts(0)[0].as_deref(), Some("a,b;c"));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let (unpacked, _) = read_bytes("a.csv.gz", &packed, Format::default()).unwrap();
        assert_eq!(unpacked.texts(2), manifest.texts(2));
    }
    // One column holds commas in none of its rows, and a sentence with semicolons is not a table of two columns.
    assert_eq!(read("a.csv", "text\nwell; yes\nno\n").0.columns, ["text"]);
    assert_eq!(read("a.csv", "text,label\nwell; yes,a\nno; no; no,b\n").0.columns, ["text", "label"]);
    let forced = Format { separator: Some(';'), ..Format::default() };
    assert_eq!(read_bytes("a.csv", b"a,b;c\n1,2;3\n", forced).unwrap().0.columns, ["a,b", "c"]);
}

#[test]
fn a_column_that_occurs_twice_is_refused() {
    let error = read_bytes("a.csv", b"x,label,x\n1,a,2\n", Format::default()).unwrap_err().to_string();
    assert!(error.contains("two columns \"x\""), "{error}");
}

#[test]
fn a_new_key_in_each_line_ends_at_the_limit() {
    // 294 kB, as it took 3.5 GB: 20,000 lines with a key each.
    let text: String = (0..20_000).map(|i| format!("{{\"k{i}\": 1}}\n")).collect();
    let (manifest, bad) = read("a.jsonl", &text);
    assert!(manifest.rows.is_empty() && manifest.columns.len() == jsonl::MAX_KEYS);
    assert_eq!((bad.len(), bad[0].row), (1, Some(jsonl::MAX_KEYS + 1)));
    assert!(bad[0].to_string().contains("4096 different keys"), "{}", bad[0]);
}

#[test]
fn a_missing_column_lists_those_that_exist_and_the_nearest() {
    let (manifest, _) = read("a.csv", "image,speaker,label\n");
    let error = manifest.column("speakr", "data.group").unwrap_err().to_string();
    assert!(error.contains("did you mean \"speaker\"?") && error.contains("image, speaker, label"), "{error}");
}

#[test]
fn other_encodings_are_read_when_named_and_refused_with_the_remedy() {
    let latin = b"city,label\nM\xfcnchen,a\n";
    let error = read_bytes("a.csv", latin, Format::default()).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("data.encoding = \"latin1\""), "{error}");
    let named = Format { encoding: Encoding::Latin1, ..Format::default() };
    assert_eq!(read_bytes("a.csv", latin, named).unwrap().0.texts(0), [Some("München".to_owned())]);
    let wide: Vec<u8> = "\u{feff}city,label\r\nMünchen,a\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_bytes("a.csv", &wide, Format::default()).unwrap().0.texts(0), [Some("München".to_owned())]);
}
