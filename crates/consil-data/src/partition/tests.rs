use proptest::prelude::*;

use super::*;

fn key() -> Key {
    Key::new(11)
}

/// Each row at exactly one site, sites in order, none empty.
fn is_partition(parts: &[Vec<usize>], n: usize, sites: usize) -> bool {
    let mut all: Vec<usize> = parts.concat();
    let sorted = parts.iter().all(|part| part.is_sorted());
    all.sort_unstable();
    parts.len() == sites && sorted && all == (0..n).collect::<Vec<_>>() && parts.iter().all(|part| !part.is_empty())
}

proptest! {
    #[test]
    fn each_way_deals_every_row_once_and_leaves_no_site_empty(
        labels in prop::collection::vec(0u8..7, 1..200), sites in 1usize..20, alpha in 0.01f64..50.0, seed: u64,
    ) {
        let (n, key) = (labels.len(), Key::new(seed));
        match iid(n, sites, key) {
            Ok(parts) => {
                prop_assert!(is_partition(&parts, n, sites));
                let counts = parts.iter().map(Vec::len);
                prop_assert!(counts.clone().max().unwrap() - counts.min().unwrap() <= 1);
            }
            Err(error) => prop_assert_eq!(error, PartitionError::Sites { rows: n, sites }),
        }
        match dirichlet(&labels, alpha, sites, key) {
            Ok(parts) => prop_assert!(is_partition(&parts, n, sites)),
            Err(_) => prop_assert!(sites > n),
        }
        match whole_groups("speaker", &labels, sites, key) {
            Ok(parts) => {
                prop_assert!(is_partition(&parts, n, sites));
                for label in 0..7 {
                    let holders = parts.iter().filter(|part| part.iter().any(|row| labels[*row] == label)).count();
                    prop_assert!(holders <= 1, "group {} at {} sites", label, holders);
                }
            }
            Err(_) => prop_assert!(sites > labels.iter().collect::<std::collections::BTreeSet<_>>().len()),
        }
    }
}

/// The mean over sites of the largest label's share: 0.1 when alike, towards 1 when each site has one label.
fn concentration(alpha: f64) -> f64 {
    let labels: Vec<usize> = (0..5_000).map(|row| row % 10).collect();
    let parts = dirichlet(&labels, alpha, 10, key()).unwrap();
    let share = |part: &Vec<usize>| {
        let mut counts = [0usize; 10];
        part.iter().for_each(|row| counts[labels[*row]] += 1);
        *counts.iter().max().unwrap() as f64 / part.len() as f64
    };
    parts.iter().map(share).sum::<f64>() / 10.0
}

#[test]
fn a_smaller_concentration_makes_sites_differ_more() {
    let [low, middle, high] = [0.05, 0.5, 1_000.0].map(concentration);
    assert!(low > middle + 0.1 && middle > high + 0.1, "{low} {middle} {high}");
    assert!(high < 0.13, "nearly equal shares at α = 1000: {high}");
}

#[test]
fn whole_groups_are_balanced() {
    // 9 groups of 40, 39, … 32 rows on 3 sites: the greedy rule keeps them within one group of each other.
    let values: Vec<usize> = (0..9).flat_map(|group| std::iter::repeat_n(group, 40 - group)).collect();
    let parts = whole_groups("hospital", &values, 3, key()).unwrap();
    let counts: Vec<usize> = parts.iter().map(Vec::len).collect();
    assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 8, "{counts:?}");
}

#[test]
fn impossible_requests_say_what_is_possible() {
    let error = whole_groups("speaker", &["a", "b", "a"], 3, key()).unwrap_err().to_string();
    assert!(error.contains("2 different values") && error.contains("at most 2"), "{error}");
    assert_eq!(dirichlet(&[1, 2], 0.0, 2, key()), Err(PartitionError::Alpha { alpha: 0.0 }));
    assert_eq!(iid(5, 0, key()), Err(PartitionError::Sites { rows: 5, sites: 0 }));
}

#[test]
fn a_partition_depends_on_its_key_alone() {
    let labels = [0, 1, 2].repeat(30);
    assert_eq!(dirichlet(&labels, 0.5, 4, key()), dirichlet(&labels, 0.5, 4, key()));
    assert_ne!(dirichlet(&labels, 0.5, 4, key()), dirichlet(&labels, 0.5, 4, Key::new(12)));
}

#[test]
fn the_toml_forms_are_read() {
    #[derive(Deserialize)]
    struct Federate {
        partition: PartitionConfig,
    }
    let read = |text: &str| toml::from_str::<Federate>(text).map(|f| f.partition);
    assert_eq!(read("partition = \"iid\"").unwrap(), PartitionConfig::Iid);
    assert_eq!(read("partition = { dirichlet = 0.5 }").unwrap(), PartitionConfig::Dirichlet(0.5));
    assert_eq!(read("partition = { column = \"hospital\" }").unwrap(), PartitionConfig::Column("hospital".to_owned()));
    assert_eq!(read("partition = \"groups\"").unwrap(), PartitionConfig::Groups);
    assert!(read("partition = \"idd\"").is_err());
}
