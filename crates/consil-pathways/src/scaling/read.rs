//! The table `[scale]` of a profile.

use super::{Hardware, Measure, Reference, Scale};
use crate::document::Section;
use crate::evidence::{Evidence, Sourced};
use crate::fault::Fault;

const EPOCH: &str = "Epoch AI, Data on AI models, 2025, CC BY 4.0";
const POSITIVE: (f64, f64) = (f64::MIN_POSITIVE, f64::MAX);

impl Scale {
    pub(crate) fn read(section: &Section<'_>, judged_by: Option<&str>) -> Result<Self, Fault> {
        let current = values(section, judged_by)?;
        let reference = match section.section("reference")? {
            Some(table) => {
                let name = table.required_string("name", "what the reference is called")?.value;
                let reference = Reference { name, values: values(&table, judged_by)? };
                table.finish()?;
                reference
            }
            None => Reference::llama(),
        };
        let own = |reference: &Reference| {
            reference
                .values
                .iter()
                .find(|(measure, _)| *measure == Measure::Compute)
                .map(|(_, compute)| compute.clone())
        };
        let target = match Sourced::read(section, "target", POSITIVE, judged_by)?.or_else(|| own(&reference)) {
            Some(target) => target,
            None => return Err(section.missing("target", "the FLOP to reach, since the reference states no compute")),
        };
        let (growth, growth_evidence, growth_observed) = match section.section("growth")? {
            Some(table) => {
                let wanted = "two factors a year, such as [4.3, 5.2]";
                let range = table.range("factor")?.ok_or_else(|| table.missing("factor", wanted))?;
                if range.value.0 <= 1.0 {
                    let help = "a target above the system is never reached without growth";
                    return Err(table.fault(range.span, "growth is a factor above 1 a year", help));
                }
                let observed = table.range("observed")?.ok_or_else(|| table.missing("observed", "two years"))?;
                let evidence = Evidence::read(&table, judged_by)?;
                table.finish()?;
                (range.value, evidence, observed.value)
            }
            None => {
                let document = "notable models of Epoch AI, 2010 to 2025, n = 428; by this project's line through them 4.68 a year (90 % 4.24 to 5.17)";
                ((4.24, 5.17), Evidence::Cited { document: document.to_owned() }, (2010.0, 2025.4))
            }
        };
        let scale = Self {
            current,
            reference,
            target,
            growth,
            growth_evidence,
            growth_observed,
            today: section.required_number("today", "the date of the assessment in years, such as 2026.5")?.value,
            hardware: match section.section("hardware")? {
                Some(table) => hardware(&table, judged_by)?,
                None => Hardware::h100(),
            },
        };
        section.finish()?;
        Ok(scale)
    }
}

fn values(section: &Section<'_>, judged_by: Option<&str>) -> Result<Vec<(Measure, Sourced)>, Fault> {
    let mut values = Vec::new();
    for measure in Measure::ALL {
        if let Some(value) = Sourced::read(section, measure.name(), POSITIVE, judged_by)? {
            values.push((measure, value));
        }
    }
    Ok(values)
}

fn hardware(table: &Section<'_>, judged_by: Option<&str>) -> Result<Hardware, Fault> {
    let default = Hardware::h100();
    let of = |key: &str, most: f64, default: Sourced| {
        Ok(Sourced::read(table, key, (f64::MIN_POSITIVE, most), judged_by)?.unwrap_or(default))
    };
    let hardware = Hardware {
        name: table.string("name")?.map_or(default.name, |name| name.value),
        peak: of("peak", f64::MAX, default.peak)?,
        utilisation: of("utilisation", 1.0, default.utilisation)?,
        power: of("power", f64::MAX, default.power)?,
        price: of("price", f64::MAX, default.price)?,
    };
    table.finish()?;
    Ok(hardware)
}

impl Reference {
    /// Llama 3.1-405B: the largest system whose parameters, data, compute and time are all published.
    pub(super) fn llama() -> Self {
        let cited = |value: f64| Sourced::cited(value, EPOCH);
        Self {
            name: "Llama 3.1-405B (2024)".to_owned(),
            values: vec![
                (Measure::Parameters, cited(405e9)),
                (Measure::Data, cited(15.6e12)),
                (Measure::Compute, cited(3.8e25)),
                (Measure::TrainingTime, cited(2142.0)),
                (
                    Measure::ModelSize,
                    Sourced {
                        value: 810e9,
                        evidence: Evidence::Computed { from: "405e9 parameters of 2 bytes (bfloat16)".to_owned() },
                    },
                ),
            ],
        }
    }
}

impl Hardware {
    /// An H100 in a data centre.
    pub(super) fn h100() -> Self {
        Self {
            name: "H100 SXM".to_owned(),
            peak: Sourced::cited(989.4e12, "NVIDIA, H100 datasheet: bfloat16, dense"),
            utilisation: Sourced::cited(0.4, "Llama team, 2024, arXiv:2407.21783: 38 to 43 %"),
            power: Sourced::cited(1700.0, "Sevilla et al., 2024, epoch.ai: with what serves the chip"),
            price: Sourced::cited(3.29, "Epoch AI, hardware prices: Lambda Labs, on demand, 2025-02-28"),
        }
    }
}
