//! Which of our parameters is called what by another tool.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A map from our parameter names to those of another tool's file.
///
/// A key is one of our names, or a prefix ending in `*`; where the value ends in `*` too, what the key's `*` stands for follows. The
/// longest key that fits decides; a name that no key fits is looked up as it is.
///
/// ```
/// use consil_graph::NameMap;
///
/// let map = NameMap::from_iter([("digit.*", "model.encoder.*"), ("digit.8.linear.*", "classifier.*")]);
/// assert_eq!(map.theirs("digit.1.conv.weight"), "model.encoder.1.conv.weight");
/// assert_eq!(map.theirs("digit.8.linear.bias"), "classifier.bias");
/// assert_eq!(map.theirs("spoken.1.conv.bias"), "spoken.1.conv.bias");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NameMap(BTreeMap<String, String>);

impl NameMap {
    /// The name under which the other tool's file holds our parameter `ours`.
    pub fn theirs(&self, ours: &str) -> String {
        let fits = |(pattern, theirs): (&String, &String)| {
            let rest = match pattern.strip_suffix('*') {
                Some(prefix) => ours.strip_prefix(prefix)?,
                None => (ours == pattern).then_some("")?,
            };
            // A name without `*` is longer than the prefix of any pattern that fits the same name.
            let name = theirs.strip_suffix('*').map_or_else(|| theirs.clone(), |prefix| format!("{prefix}{rest}"));
            Some((pattern.len() + usize::from(!pattern.ends_with('*')), name))
        };
        self.0
            .iter()
            .filter_map(fits)
            .max_by_key(|(length, _)| *length)
            .map_or_else(|| ours.to_owned(), |(_, name)| name)
    }
}

impl NameMap {
    /// Our patterns, each with what it stands for in the other tool's file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(ours, theirs)| (ours.as_str(), theirs.as_str()))
    }

    /// The same without one of our patterns.
    pub fn without(&self, pattern: &str) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(ours, _)| *ours != pattern)
                .map(|(ours, theirs)| (ours.clone(), theirs.clone()))
                .collect(),
        )
    }
}

impl<A: Into<String>, B: Into<String>> FromIterator<(A, B)> for NameMap {
    fn from_iter<I: IntoIterator<Item = (A, B)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(ours, theirs)| (ours.into(), theirs.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_pattern_decides() {
        let map =
            NameMap::from_iter([("a.*", "x.*"), ("a.b.*", "y.*"), ("a.b.c", "z"), ("*", "all.*"), ("one.*", "same")]);
        let names = ["a.q", "a.b.q", "a.b.c", "q", "one.weight"].map(|ours| map.theirs(ours));
        assert_eq!(names, ["x.q", "y.q", "z", "all.q", "same"]);
    }
}
