use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::role::Buffers;

fn layout() -> Layout {
    let entry = |name: &str, n, role| Entry::f32(name, [n], role);
    Layout::new(vec![
        entry("body", 2, Role::Shared),
        entry("norm.mean", 1, Role::Buffer),
        entry("frozen", 1, Role::Frozen),
        entry("head", 2, Role::Local),
        entry("lora", 1, Role::Adapter),
    ])
    .unwrap()
}

#[test]
fn a_value_of_the_sent_order_has_its_parameters_name() {
    let layout = layout();
    let selection = layout.select(Buffers::Average);
    let names: Vec<_> = (0..5).map(|at| layout.name_of_sent(&selection, at)).collect();
    assert_eq!(names, ["body", "body", "lora", "norm.mean", ""]);
}

#[test]
fn the_fingerprint_changes_with_each_field() {
    let base = layout();
    let mut prints = BTreeSet::from([base.fingerprint()]);
    let edits: [fn(&mut Entry); 3] = [|e| e.name.push('x'), |e| e.shape = vec![1, 2], |e| e.role = Role::Adapter];
    for edit in edits {
        let mut entries = base.entries().to_vec();
        edit(&mut entries[0]);
        assert!(prints.insert(Layout::new(entries).unwrap().fingerprint()));
    }
    assert_eq!(base.fingerprint(), layout().fingerprint());
}

#[test]
fn the_fingerprint_is_that_of_version_0_1() {
    // Computed apart, by FNV-1a over the texts that version 0.1 hashed: states on disk hold such numbers.
    assert_eq!(layout().fingerprint(), 0x03c1_3458_2e27_dc09);
    let two = vec![Entry::f32("a", [3, 4], Role::Shared), Entry::f32("b", Vec::new(), Role::Buffer)];
    assert_eq!(Layout::new(two).unwrap().fingerprint(), 0x0676_5b75_20e2_2424);
}

#[test]
fn a_name_twice_is_refused() {
    let twice = vec![Entry::f32("w", [1], Role::Shared), Entry::f32("w", [2], Role::Local)];
    assert_eq!(Layout::new(twice), Err(LayoutError::Duplicate { name: "w".into() }));
}

#[test]
fn a_vector_beyond_the_address_space_is_refused_rather_than_wrapped() {
    for shape in [vec![1 << 40, 1 << 40], vec![usize::MAX, 2], vec![usize::MAX / 4]] {
        let entries = vec![Entry::f32("small", [2], Role::Shared), Entry::f32("large", shape, Role::Shared)];
        assert_eq!(Layout::new(entries), Err(LayoutError::TooLarge { name: "large".into() }));
    }
    let many = (0..4).map(|i| Entry::f32(i.to_string(), [usize::MAX / 24], Role::Shared)).collect();
    assert_eq!(Layout::new(many), Err(LayoutError::TooLarge { name: "3".into() }));
}

proptest! {
    #[test]
    fn entries_fill_the_vector_without_gaps(
        entries in prop::collection::vec((prop::collection::vec(0usize..5, 0..3), 0usize..5), 0..8)
    ) {
        let entries = entries.iter().enumerate();
        let entries = entries.map(|(i, (shape, role))| Entry::f32(i.to_string(), shape.clone(), Role::ALL[*role]));
        let layout = Layout::new(entries.collect()).unwrap();
        let mut end = 0;
        for entry in layout.entries() {
            prop_assert_eq!(entry.range(), end..end + entry.shape.iter().product::<usize>());
            prop_assert_eq!(layout.get(&entry.name), Some(entry));
            end = entry.range().end;
        }
        prop_assert_eq!(layout.n_values(), end);
    }
}
