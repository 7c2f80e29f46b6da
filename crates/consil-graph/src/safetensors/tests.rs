use consil_random::Key;
use proptest::prelude::*;
use safetensors::serialize;

use super::*;
use crate::builder::Builder;
use crate::graph::Graph;
use crate::graph::op;

fn mlp(widths: &[usize]) -> Graph {
    let mut b = Builder::new();
    let mut x = b.input("input", [3]);
    for (i, out) in widths.iter().enumerate() {
        x = b.push(&format!("m.{i}"), op::Linear { out: *out, bias: i % 2 == 0 }, &[x]).unwrap();
    }
    b.finish()
}

fn weights(widths: &[usize], seed: u64) -> Weights {
    Weights::init(Arc::new(Layout::of(&[&mlp(widths)]).unwrap()), Key::new(seed))
}

proptest! {
    #[test]
    fn a_file_gives_back_the_weights_and_the_metadata(
        widths in prop::collection::vec(1..6usize, 0..4),
        seed in any::<u64>(),
        metadata in prop::collection::btree_map(".{0,8}", ".{0,20}", 0..4),
    ) {
        let ours = weights(&widths, seed);
        let bytes = ours.to_safetensors(&metadata);
        let (read, read_metadata) = Weights::from_safetensors(ours.layout().clone(), &bytes).unwrap();
        prop_assert_eq!(read, ours);
        prop_assert_eq!(read_metadata, metadata);
    }

    #[test]
    fn a_damaged_file_is_refused_without_panic(cut in 0..300usize, flip in 0..60usize) {
        let ours = weights(&[4, 2], 1);
        let mut bytes = ours.to_safetensors(&BTreeMap::new());
        let cut = cut.min(bytes.len() - 1);
        prop_assert!(Weights::from_safetensors(ours.layout().clone(), &bytes[..cut]).is_err());
        bytes[flip] ^= 0xff;
        prop_assert!(Weights::from_safetensors(ours.layout().clone(), &bytes).is_err());
    }
}

#[test]
fn weights_of_another_tool_load_by_name_and_precision() {
    // Written by the safetensors crate, as Python's binding of it writes: 1, −2 and 0.5 in each precision.
    let f16: Vec<u8> = [0x3c00u16, 0xc000, 0x3800].iter().flat_map(|b| b.to_le_bytes()).collect();
    let bf16: Vec<u8> = [0x3f80u16, 0xc000, 0x3f00].iter().flat_map(|b| b.to_le_bytes()).collect();
    let f64: Vec<u8> = [1.0f64, -2.0, 0.5].iter().flat_map(|v| v.to_le_bytes()).collect();
    let view = |dtype, shape: &[usize], data| TensorView::new(dtype, shape.to_vec(), data).unwrap();
    let file = [
        ("body.weight", view(Dtype::F16, &[1, 3], &f16)),
        ("head.weight", view(Dtype::BF16, &[3, 1], &bf16)),
        ("body.bias", view(Dtype::F64, &[3], &f64)),
        ("num_batches", view(Dtype::F64, &[3], &f64)),
    ];
    let bytes = serialize(file, None).unwrap();

    let mut ours = weights(&[1, 3, 2], 5);
    let before = ours.clone();
    let names = NameMap::from_iter([("m.0.*", "body.*"), ("m.1.*", "head.*")]);
    let report = ours.load(&bytes, &names).unwrap();

    assert_eq!(ours.get("m.0.weight").unwrap(), [1.0, -2.0, 0.5]);
    assert_eq!(ours.get("m.1.weight").unwrap(), [1.0, -2.0, 0.5]);
    assert_eq!(ours.get("m.2.weight"), before.get("m.2.weight"));
    assert_eq!(ours.get("m.0.bias"), before.get("m.0.bias"));
    assert_eq!(
        report.to_string(),
        "2 parameters loaded; 2 missing: m.2.weight, m.2.bias; 1 unexpected: num_batches; \
         1 of another shape: m.0.bias is [3] in the file, [1] here"
    );
}

#[test]
fn integers_are_no_weights() {
    let data = [0u8; 24];
    let view = TensorView::new(Dtype::I64, vec![1, 3], &data).unwrap();
    let bytes = serialize([("m.0.weight", view)], None).unwrap();
    let error = weights(&[1], 1).load(&bytes, &NameMap::default()).unwrap_err();
    assert_eq!(error.to_string(), "tensor \"m.0.weight\" holds I64; f32, f16, bf16 and f64 can be read");
}

#[test]
fn the_bytes_are_the_same_in_every_run() {
    let metadata: BTreeMap<String, String> = (0..20).map(|i| (format!("key-{i}"), "v".to_owned())).collect();
    let bytes = weights(&[2], 3).to_safetensors(&metadata);
    let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    assert_eq!(n % 8, 0);
    let header = std::str::from_utf8(&bytes[8..8 + n]).unwrap();
    let order: Vec<usize> = metadata.keys().map(|key| header.find(&format!("{key:?}")).unwrap()).collect();
    assert!(order.is_sorted(), "{header}");
}
