use super::{ColumnType, Loaded};
use crate::Program;

/// The facts that a program loads from a table, as they are written.
fn facts(program: &str, text: &str, types: &[ColumnType]) -> Vec<String> {
    let types = Some(types.to_vec());
    let mut loader =
        |_: &super::Request<'_>| Ok(Loaded { types: types.clone(), ..Loaded::text("people.parquet", text) });
    let program = Program::parse_with("rules.pl", program, &mut loader).unwrap();
    program.clauses.iter().map(|clause| clause.heads[0].atom.to_string()).collect()
}

const TABLE: &str = "id,name,code\n1,\" ann\",00501\n2,bob,7\n";

#[test]
fn the_types_of_a_table_are_its_columns() {
    // Digits in a column of texts stay a text, and spaces belong to it.
    let types = [ColumnType::Integer, ColumnType::Atom, ColumnType::Atom];
    let found = facts(":- load(person/3, \"people.parquet\").", TABLE, &types);
    assert_eq!(found, ["person(1, ' ann', '00501')", "person(2, bob, '7')"]);
}

#[test]
fn the_declaration_of_a_program_is_stronger() {
    let types = [ColumnType::Integer, ColumnType::Atom, ColumnType::Atom];
    let found = facts(":- load(person(float, string, integer), \"people.parquet\").", TABLE, &types);
    assert_eq!(found, ["person(1.0, \" ann\", 501)", "person(2.0, \"bob\", 7)"]);
}

#[test]
fn the_first_column_of_a_typed_table_can_be_the_probability() {
    let types = [ColumnType::Float, ColumnType::Atom];
    let found = facts(":- load(_::likes/1, \"likes.parquet\").", "p,name\n0.25,ann\n", &types);
    assert_eq!(found, ["likes(ann)"]);
}
