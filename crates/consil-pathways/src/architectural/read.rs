//! The table `[architecture]` of a profile.

use super::{Architecture, Feature, Innovation, Status};
use crate::document::Section;
use crate::evidence::{Evidence, WANTED};
use crate::fault::Fault;

impl Architecture {
    pub(crate) fn read(section: &Section<'_>, judged_by: Option<&str>) -> Result<Self, Fault> {
        let mut features = Vec::new();
        for feature in Feature::ALL {
            if let Some((status, evidence)) = status(section, feature.name(), judged_by)? {
                features.push((feature, status, evidence));
            }
        }
        let mut innovations = Vec::new();
        if let Some(table) = section.section("innovation")? {
            for innovation in Innovation::ALL {
                if let Some((status, evidence)) = status(&table, innovation.name(), judged_by)? {
                    innovations.push((innovation, status, evidence));
                }
            }
            table.finish()?;
        }
        section.finish()?;
        Ok(Self { features, innovations })
    }
}

/// `key = "present"`, or `key = { status = "present", source = … }`.
fn status(section: &Section<'_>, key: &str, judged_by: Option<&str>) -> Result<Option<(Status, Evidence)>, Fault> {
    let Some(value) = section.value(key) else { return Ok(None) };
    if value.get_ref().is_table() {
        let Some(table) = section.section(key)? else { return Ok(None) };
        let status = table.choice("status", &Status::CHOICES)?;
        let status = status.ok_or_else(|| table.missing("status", "\"absent\", \"partial\" or \"present\""))?;
        let evidence = Evidence::read(&table, judged_by)?;
        table.finish()?;
        return Ok(Some((status.value, evidence)));
    }
    let Some(status) = section.choice(key, &Status::CHOICES)? else { return Ok(None) };
    match Evidence::of_bare(judged_by) {
        Some(evidence) => Ok(Some((status.value, evidence))),
        None => Err(section.fault(status.span, format!("`{key}` has no source"), WANTED)),
    }
}
