//! What a number rests on.
//!
//! Every number that enters a profile, a forecast or a comparison has a [`Evidence`], and the evidence travels with it into every table and page. A
//! number without one is refused when the file is read.

use serde::Serialize;

use crate::document::Section;
use crate::fault::Fault;
use crate::source::{Basis, Source};

/// What a number rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "basis")]
pub enum Evidence {
    /// Measured by a run that can be repeated.
    Measured {
        /// The run, file or command.
        from: String,
    },
    /// Published by others.
    Cited {
        /// Author, year, title, place.
        document: String,
    },
    /// Computed from other numbers of the same analysis.
    Computed {
        /// How.
        from: String,
    },
    /// Somebody's judgement.
    Judgement {
        /// Whose.
        by: String,
        /// Why, where it was said.
        #[serde(skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// Nobody said anything: the documented default stands.
    Default,
}

impl Evidence {
    /// A judgement of this project's own, which a user is meant to replace.
    pub fn project(because: &str) -> Self {
        Self::Judgement { by: "this project".to_owned(), because: Some(because.to_owned()) }
    }

    /// One word for a table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Measured { .. } => "measured",
            Self::Cited { .. } => "cited",
            Self::Computed { .. } => "computed",
            Self::Judgement { .. } => "judgement",
            Self::Default => "not assessed",
        }
    }

    /// A sentence for a footnote.
    pub fn sentence(&self) -> String {
        match self {
            Self::Measured { from } => format!("measured: {from}"),
            Self::Cited { document } => format!("cited: {document}"),
            Self::Computed { from } => format!("computed: {from}"),
            Self::Judgement { by, because: None } => format!("judgement of {by}"),
            Self::Judgement { by, because: Some(why) } => format!("judgement of {by}: {why}"),
            Self::Default => "not assessed: the documented default".to_owned(),
        }
    }

    /// The evidence without its [`word`](Self::word): the document, the run, or whose judgement it is and why.
    pub fn detail(&self) -> String {
        match self {
            Self::Measured { from } | Self::Computed { from } => from.clone(),
            Self::Cited { document } => document.clone(),
            Self::Judgement { by, because: None } => by.clone(),
            Self::Judgement { by, because: Some(why) } => format!("{by}: {why}"),
            Self::Default => String::new(),
        }
    }

    /// Whether the number is somebody's judgement or a default rather than evidence.
    pub fn is_judgement(&self) -> bool {
        matches!(self, Self::Judgement { .. } | Self::Default)
    }

    /// The key `source` of a section: a table with one of `measured`, `cited` and `judgement` (with `because`). Where it is absent, the number is the
    /// judgement of the file's `judged-by`.
    pub(crate) fn read(section: &Section<'_>, judged_by: Option<&str>) -> Result<Self, Fault> {
        let Some(source) = section.section("source")? else {
            return judged_by.map_or_else(
                || Err(section.missing("source", WANTED)),
                |by| Ok(Self::Judgement { by: by.to_owned(), because: None }),
            );
        };
        let measured = source.string("measured")?;
        let cited = source.string("cited")?;
        let judgement = source.string("judgement")?;
        let because = source.string("because")?;
        source.finish()?;
        let filled = [&measured, &cited, &judgement].into_iter().flatten().find(|text| text.value.trim().is_empty());
        if let Some(empty) = filled {
            return Err(source.fault(empty.span.clone(), "the source is empty", WANTED));
        }
        match (measured, cited, judgement, because) {
            (Some(from), None, None, None) => Ok(Self::Measured { from: from.value }),
            (None, Some(document), None, None) => Ok(Self::Cited { document: document.value }),
            (None, None, Some(by), because) => {
                Ok(Self::Judgement { by: by.value, because: because.map(|because| because.value) })
            }
            _ => Err(source.fault(source.span.clone(), "a source is one of measured, cited and judgement", WANTED)),
        }
    }

    /// The evidence of a bare number: the judgement of the file's `judged-by`.
    pub(crate) fn of_bare(judged_by: Option<&str>) -> Option<Self> {
        judged_by.map(|by| Self::Judgement { by: by.to_owned(), because: None })
    }
}

/// A number with what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sourced {
    /// The number.
    pub value: f64,
    /// What it rests on.
    #[serde(flatten)]
    pub evidence: Evidence,
}

impl Sourced {
    /// A number that a publication states.
    pub fn cited(value: f64, document: &str) -> Self {
        Self { value, evidence: Evidence::Cited { document: document.to_owned() } }
    }

    /// A number that this project judged.
    pub fn judged(value: f64, because: &str) -> Self {
        Self { value, evidence: Evidence::project(because) }
    }

    /// A key that is a bare number (a judgement of the file's `judged-by`) or a table with `value` and `source`; within bounds, both included.
    pub(crate) fn read(
        section: &Section<'_>,
        key: &str,
        (low, high): (f64, f64),
        judged_by: Option<&str>,
    ) -> Result<Option<Self>, Fault> {
        let Some(written) = section.value(key) else { return Ok(None) };
        if written.get_ref().is_table() {
            let Some(table) = section.section(key)? else { return Ok(None) };
            let value = table.number_within("value", low, high)?.ok_or_else(|| table.missing("value", "a number"))?;
            let evidence = Evidence::read(&table, judged_by)?;
            table.finish()?;
            return Ok(Some(Self { value: value.value, evidence }));
        }
        let Some(number) = section.number_within(key, low, high)? else { return Ok(None) };
        match Evidence::of_bare(judged_by) {
            Some(evidence) => Ok(Some(Self { value: number.value, evidence })),
            None => Err(section.fault(number.span, format!("`{key}` has no source"), WANTED)),
        }
    }
}

/// What to write where a source is missing.
pub(crate) const WANTED: &str = "write `source = { measured = \"run or command\" }`, `{ cited = \"author, year, place\" }` or \
     `{ judgement = \"whose\", because = \"why\" }`, or name the judge of all bare numbers once with `judged-by`";

impl From<&Source> for Evidence {
    fn from(source: &Source) -> Self {
        match source.basis {
            Basis::Measured => Self::Measured { from: source.to_string() },
            Basis::Derived => Self::Computed { from: source.to_string() },
            Basis::Judgement => Self::Judgement { by: source.document.clone(), because: None },
        }
    }
}

/// Something found, with what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What.
    pub text: String,
    /// What it rests on.
    pub evidence: Evidence,
}

impl Finding {
    /// A finding computed from other numbers.
    pub(crate) fn computed(text: String, from: &str) -> Self {
        Self { text, evidence: Evidence::Computed { from: from.to_owned() } }
    }

    /// A finding that a publication states.
    pub(crate) fn cited(text: &str, document: &str) -> Self {
        Self { text: text.to_owned(), evidence: Evidence::Cited { document: document.to_owned() } }
    }
}
