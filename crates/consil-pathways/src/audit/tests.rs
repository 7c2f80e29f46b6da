use std::fs::File;
use std::path::PathBuf;

use super::*;

fn today() -> Date {
    Date::from_ymd(2026, 1, 1).expect("a date")
}

#[test]
fn every_published_number_is_reached() {
    let Some(data) = std::env::var_os("CONSIL_DATA").map(PathBuf::from) else {
        println!("skipped: CONSIL_DATA not set");
        return;
    };
    let open = |file: AuditFile| Ok(Some(Box::new(File::open(data.join(file.path()))?) as Box<dyn Read>));
    let audit = audit(open, today(), Key::new(7)).expect("an audit");
    for row in &audit.rows {
        println!("{:60} {:>18} {:>22} ± {:<8} {}", row.check, row.published, row.ours, row.tolerance, row.ok);
    }
    let failed: Vec<&AuditRow> = audit.rows.iter().filter(|row| !row.ok).collect();
    assert!(audit.is_complete_and_ok(), "{failed:#?}");
    assert_eq!(audit.rows.len(), 2 + 22 + 19 + 3 + 3 + 2);
    let read = audit.rows.iter().filter(|row| row.source.sha256.is_some()).count();
    assert_eq!(read, 19 + 3 + 3 + 2, "each number that was read has the hash of its file");
}

#[test]
fn without_files_the_embedded_checks_run_and_the_others_are_named() {
    let audit = audit(|_| Ok(None), today(), Key::new(7)).expect("an audit");
    assert_eq!(audit.left_out, AuditFile::ALL);
    assert!(audit.rows.iter().all(|row| row.ok) && audit.rows.len() == 24 && !audit.is_complete_and_ok());
    let json = serde_json::to_value(&audit.rows[2]).expect("JSON");
    for key in ["check", "published", "ours", "tolerance", "ok", "source"] {
        assert!(json.get(key).is_some(), "{key}");
    }
}

#[test]
fn a_file_that_holds_something_else_is_refused_with_its_place() {
    let open = |file: AuditFile| {
        let text: &'static [u8] = b"Model Size,Training FLOP,loss\n1e9,1e20,3.0\n1e9,-1e20,3.0\n";
        Ok((file == AuditFile::Chinchilla).then(|| Box::new(text) as Box<dyn Read>))
    };
    let error = audit(open, today(), Key::new(7)).expect_err("an error").to_string();
    assert_eq!(
        error,
        "pathways/chinchilla/svg_extracted_data.csv:3: column `Training FLOP` has `-1e20` where a number above zero is needed"
    );
}
