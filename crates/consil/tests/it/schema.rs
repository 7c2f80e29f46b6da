//! The schema in the book is that of the code.

use consil::Spec;

/// `UPDATE_EXPECT=1` writes it anew.
#[test]
fn the_schema_of_the_book_is_fresh() {
    let schema = serde_json::to_string_pretty(&Spec::json_schema()).unwrap() + "\n";
    expect_test::expect_file!["../../../../docs/consil.schema.json"].assert_eq(&schema);
}
