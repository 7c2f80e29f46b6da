//! One "did you mean": the known name that is nearest to a mistyped one.
//!
//! Nearness is the optimal string alignment distance: insertions, deletions, substitutions, and transpositions of neighbours (Damerau,
//! 1964), without regard to case and with `_` and `-` alike. A name is suggested when at most a third of the word would change.

/// The name among `known` that is nearest to `word`, if one is near enough; the first of several that are equally near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(word);
    let allowed = (wanted.len() / 3).max(1);
    let far = |name: &str| distance(&wanted, &folded(name));
    let scored = known.into_iter().map(|name| (far(name), name));
    scored
        .filter(|(far, _)| *far <= allowed && *far < wanted.len().max(1))
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

/// "did you mean `linear`?", if a known name is near enough.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|name| format!("did you mean `{name}`?"))
}

/// The help for an unknown name: the nearest one, or all there are (the first twenty).
pub fn nearest_or_all<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    const SHOWN: usize = 20;
    if let Some(question) = did_you_mean(word, known.clone()) {
        return question;
    }
    let names: Vec<&str> = known.into_iter().collect();
    let listed = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "there are none".to_owned(),
        n if n > SHOWN => format!("known are {listed} and {} more", n - SHOWN),
        _ => format!("known are {listed}"),
    }
}

fn folded(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).map(|c| if c == '_' { '-' } else { c }).collect()
}

/// The optimal string alignment distance.
fn distance(a: &[char], b: &[char]) -> usize {
    // Three rows of the table: a transposition looks two rows back.
    let mut above: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(above[j - 1] + 1);
            }
            row.push(best);
        }
        above = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn distances_are_the_published_ones() {
        let between = |a: &str, b: &str| distance(&folded(a), &folded(b));
        // Levenshtein (1966) by the textbook's pairs; "ca" to "abc" is 3 by optimal string alignment, 2 by the unrestricted one.
        let pairs =
            [("kitten", "sitting", 3), ("saturday", "sunday", 3), ("ca", "abc", 3), ("ab", "ba", 1), ("", "abc", 3)];
        for (a, b, expected) in pairs {
            assert_eq!(between(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let known = ["linear", "max-pool", "conv", "gru"];
        assert_eq!(nearest("linaer", known), Some("linear"));
        assert_eq!(nearest("Max_Pool", known), Some("max-pool"));
        assert_eq!(nearest("grU", known), Some("gru"));
        assert_eq!(nearest("attention", known), None);
        assert_eq!(nearest("x", known), None, "one letter for another is no likeness");
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest_or_all("attention", known), "known are `linear`, `max-pool`, `conv`, `gru`");
        assert_eq!(nearest_or_all("cnv", known), "did you mean `conv`?");
    }

    proptest! {
        /// Laws of a distance, but for the triangle's, which optimal string alignment breaks.
        #[test]
        fn distance_is_symmetric_and_zero_for_equals_alone(a in "[ab]{0,8}", b in "[ab]{0,8}") {
            let (a, b) = (folded(&a), folded(&b));
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
            prop_assert!(distance(&a, &b) <= a.len().max(b.len()));
        }
    }
}
