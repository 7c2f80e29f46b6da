use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::{CellKind, Table};

/// Three columns: a whole number (which may be missing), a text, a number.
fn written(folder: &Path, compression: Compression, ids: &[Option<i64>]) -> PathBuf {
    let path = folder.join("people.parquet");
    let schema = "message people { optional int64 id; required binary name (utf8); required double weight; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut writer = SerializedFileWriter::new(File::create(&path).unwrap(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let present: Vec<i64> = ids.iter().flatten().copied().collect();
    let levels: Vec<i16> = ids.iter().map(|id| i16::from(id.is_some())).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&present, Some(&levels), None).unwrap();
    column.close().unwrap();
    let names: Vec<ByteArray> = (0..ids.len()).map(|i| format!("0{i}, \"née\"").as_str().into()).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&names, None, None).unwrap();
    column.close().unwrap();
    let weights: Vec<f64> = (0..ids.len()).map(|i| 0.1 + i as f64 / 3.0).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&weights, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    path
}

#[test]
fn each_compression_gives_the_same_rows_with_their_types() {
    let folder = tempfile::tempdir().unwrap();
    let of = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
        Compression::GZIP(Default::default()),
    ];
    for compression in of {
        let table = Table::read(&written(folder.path(), compression, &[Some(i64::MIN), Some(7)])).unwrap();
        let kinds: Vec<_> = table.columns.iter().map(|column| (&*column.name, column.kind)).collect();
        assert_eq!(kinds, [("id", CellKind::Integer), ("name", CellKind::Text), ("weight", CellKind::Float)]);
        // A third and a tenth have no finite expansion in binary: the digits written must read back to the same number.
        let weight: f64 = table.rows[1][2].parse().unwrap();
        assert_eq!(weight, 0.1 + 1.0 / 3.0);
        assert_eq!(table.rows[0][..2], [i64::MIN.to_string(), "00, \"née\"".to_owned()]);
        assert_eq!(table.rows[1][..2], ["7", "01, \"née\""]);
    }
}

#[test]
fn a_file_of_another_writer_is_read() {
    // roads.parquet: pyarrow 26, zstd, dictionaries, pages of the second version, every column nullable.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("roads.parquet");
    std::fs::write(&path, include_bytes!("roads.parquet")).unwrap();
    let table = Table::read(&path).unwrap();
    let kinds: Vec<CellKind> = table.columns.iter().map(|column| column.kind).collect();
    let [integer, text, float] = [CellKind::Integer, CellKind::Text, CellKind::Float];
    assert_eq!(kinds, [integer, integer, text, text, text, float]);
    assert_eq!(
        table.to_csv(),
        "from,to,road,open,since,length\n1,2,A1,true,1999-12-31,0.1\n2,3,A1,false,1999-12-31,2.5\n3,1,00501,true,1999-12-31,1e300\n"
    );
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let table = Table::read(&written(folder.path(), Compression::SNAPPY, &[])).unwrap();
    assert_eq!((table.columns.len(), table.rows.len()), (3, 0));
}

#[test]
fn an_empty_cell_is_named_by_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), Compression::SNAPPY, &[Some(1), None]);
    let message = Table::read(&path).unwrap_err().to_string();
    assert!(message.contains("people.parquet: row 2, column `id`: it is empty (null)"), "{message}");
}

#[test]
fn nested_columns_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nested.parquet");
    let schema = Arc::new(parse_message_type("message m { repeated int64 xs; }").unwrap());
    SerializedFileWriter::new(File::create(&path).unwrap(), schema, Arc::default()).unwrap().close().unwrap();
    let message = Table::read(&path).unwrap_err().to_string();
    assert!(message.contains("the column `xs` holds lists"), "{message}");
}

#[test]
fn a_damaged_file_is_an_error_wherever_it_is_cut_or_changed() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(written(folder.path(), Compression::SNAPPY, &[Some(1), Some(2), Some(3)])).unwrap();
    let path = folder.path().join("damaged.parquet");
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(Table::read(&path).is_err(), "cut to {length} of {} bytes", whole.len());
    }
    // A changed byte may pass for another value; it must end neither the test nor the process.
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        std::fs::write(&path, &changed).unwrap();
        let _ = Table::read(&path);
    }
}
