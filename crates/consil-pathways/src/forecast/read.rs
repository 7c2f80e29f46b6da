//! Forecast models from TOML.

use std::ops::Range;

use super::expression::{Expression, Kind, SyntaxError, is_reserved};
use super::model::{Claim, Correlation, Draw, ForecastError, Missing, Model, Place, Quantity, Requirement, Series};
use super::order::{groups, order};
use super::program::{Node, resolve};
use super::timeline::POINT_DATE_LIMIT;
use crate::document::{At, Document, Section};
use crate::evidence::Evidence;
use crate::fault::{Fault, did_you_mean};
use crate::pathway::{Aspect, Pathway, Stage};

/// How a quantity is written, before names are resolved.
struct Written {
    name: At<String>,
    formula: Formula,
    unit: Option<String>,
    /// None where the formula alone tells: it is computed from others.
    evidence: Option<Evidence>,
    observed: Option<(f64, f64)>,
    is_date: bool,
    place: Place,
}

enum Formula {
    /// The text, its parse, and the byte where it begins.
    Expression(String, Expression, usize),
    All(Vec<At<String>>),
    Any(Vec<At<String>>),
}

impl Model {
    /// Reads a model; `name` is what errors call the file. docs/pathways-compare.md describes the format.
    ///
    /// # Errors
    /// When the text is not TOML, a key or a name is unknown, an expression does not parse, quantities depend on each other in a circle, a number has
    /// no source, or correlations contradict each other.
    pub fn parse(name: &str, text: &str) -> Result<Self, ForecastError> {
        let document = Document::parse(name, text)?;
        let root = document.root();
        let judged_by = root.string("judged-by")?.map(|by| by.value);
        let title = root.string("name")?.map_or_else(|| name.to_owned(), |title| title.value);
        let today = root.required_number("today", "the date of the forecast in years, such as 2026.5")?.value;
        let horizon = root.required_number("horizon", "the last year that the forecast speaks about")?;
        if horizon.value <= today {
            return Err(root.fault(horizon.span, format!("the horizon must lie after today, {today}"), "").into());
        }
        let observed = root.range("observed")?;
        let n_samples = bounded(&root, "samples", 20_000, 100, 10_000_000)?;
        let n_sensitivity = bounded(&root, "sensitivity-samples", 2_048, 16, 1_000_000)?;
        let seed = root.count("seed")?.map_or(0, |seed| seed.value);
        let point_date_limit =
            root.number_within("point-date-limit", 0.0, 1e6)?.map_or(POINT_DATE_LIMIT, |limit| limit.value);

        let context = Context { text, judged_by: judged_by.as_deref(), observed: observed.as_ref().map(|o| o.value) };
        let mut written = Vec::new();
        for (key, is_date) in [("quantity", false), ("date", true)] {
            if let Some(section) = root.section(key)? {
                if is_date && context.observed.is_none() {
                    let help = "add `observed = [2010, 2025.5]`: the years that the evidence covers";
                    return Err(root.fault(section.span, "dates are forecast, and no range is observed", help).into());
                }
                context.quantities(&section, is_date, &mut written)?;
            }
        }
        if written.is_empty() {
            return Err(root.fault(0..0, "the model has no quantity", "add a table [quantity]").into());
        }
        written.sort_by_key(|w| w.name.span.start);
        let constants = [("today", today), ("horizon", horizon.value)];
        let (quantities, draws) = resolve_names(&root, &written, &constants)?;
        let series = context.series(&root, &written, &constants)?;
        let names: Vec<&At<String>> = written.iter().map(|w| &w.name).collect();
        let order = order(&root, &names, &quantities)?;
        let correlations = context.correlations(&root)?;
        let claims = context.claims(&root)?;
        let missing = missing(&root)?;
        root.finish()?;
        let groups = groups(&root, &quantities, &correlations)?;
        Ok(Self {
            name: title,
            today,
            horizon: horizon.value,
            n_samples,
            n_sensitivity,
            seed,
            point_date_limit,
            quantities,
            correlations: correlations.into_iter().map(|(correlation, _)| correlation).collect(),
            series,
            claims,
            missing,
            file: name.to_owned(),
            text: text.to_owned(),
            order,
            draws,
            groups,
        })
    }
}

fn bounded(root: &Section<'_>, key: &str, default: usize, low: usize, high: usize) -> Result<usize, Fault> {
    let Some(n) = root.count(key)? else { return Ok(default) };
    match usize::try_from(n.value).ok().filter(|n| (low..=high).contains(n)) {
        Some(n) => Ok(n),
        None => Err(root.fault(n.span, format!("`{key}` is {}, and it must lie in {low} to {high}", n.value), "")),
    }
}

struct Context<'c> {
    text: &'c str,
    judged_by: Option<&'c str>,
    observed: Option<(f64, f64)>,
}

impl Context<'_> {
    fn quantities(&self, section: &Section<'_>, is_date: bool, into: &mut Vec<Written>) -> Result<(), Fault> {
        for name in section.keys() {
            let at = name.span.clone();
            if is_reserved(&name.value) || ["today", "horizon"].contains(&name.value.as_str()) {
                let problem = format!("`{}` is a word of the language", name.value);
                return Err(section.fault(at, problem, "take another name"));
            }
            if !name.value.starts_with(|c: char| c.is_alphabetic())
                || !name.value.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
                || name.value.ends_with('-')
            {
                let help = "begin with a letter; go on with letters, digits, `-` and `_`";
                return Err(section.fault(at, format!("`{}` is no name", name.value), help));
            }
            if into.iter().any(|written| written.name.value == name.value) {
                return Err(section.fault(at, format!("`{}` is there twice", name.value), "take another name"));
            }
            into.push(self.quantity(section, name, is_date)?);
        }
        Ok(())
    }

    fn quantity(&self, section: &Section<'_>, name: At<String>, is_date: bool) -> Result<Written, Fault> {
        let bare = section.value(&name.value).is_some_and(|value| !value.get_ref().is_table());
        if bare {
            let formula = self.formula(section, &name.value)?;
            let needs = needs_evidence(&formula);
            let evidence = if needs { Evidence::of_bare(self.judged_by) } else { None };
            if needs && evidence.is_none() {
                let problem = format!("`{}` has no source", name.value);
                return Err(section.fault(name.span, problem, crate::evidence::WANTED));
            }
            let observed = if is_date { self.observed } else { None };
            return Ok(Written { name, formula, unit: None, evidence, observed, is_date, place: Place::default() });
        }
        let Some(table) = section.section(&name.value)? else {
            return Err(section.missing(&name.value, "a value"));
        };
        let formula = if is_date && table.has("all") {
            Formula::All(members(&table, "all")?)
        } else if is_date && table.has("any") {
            Formula::Any(members(&table, "any")?)
        } else if table.has("value") {
            self.formula(&table, "value")?
        } else {
            let wanted = if is_date { "an expression; or `all = […]`, or `any = […]`" } else { "an expression" };
            return Err(table.missing("value", wanted));
        };
        let needs = needs_evidence(&formula);
        let evidence = match (needs, table.has("source")) {
            (false, false) => None,
            _ => Some(Evidence::read(&table, self.judged_by)?),
        };
        let observed = table.range("observed")?.map(|range| range.value);
        let written = Written {
            name,
            formula,
            unit: table.string("unit")?.map(|unit| unit.value),
            evidence,
            observed: if is_date { observed.or(self.observed) } else { observed },
            is_date,
            place: Place {
                pathway: table.choice("pathway", &Pathway::choices())?.map(|pathway| pathway.value),
                stage: table.choice("stage", &Stage::choices())?.map(|stage| stage.value),
                aspect: if is_date {
                    Some(Aspect::Date)
                } else {
                    table
                        .choice("aspect", &[("flop", Aspect::Flop), ("cost", Aspect::Cost)])?
                        .map(|aspect| aspect.value)
                },
            },
        };
        table.finish()?;
        Ok(written)
    }

    fn formula(&self, section: &Section<'_>, key: &str) -> Result<Formula, Fault> {
        let wanted = "a number or an expression in quotes";
        let Some(value) = section.value(key) else { return Err(section.missing(key, wanted)) };
        let Some(expression) = value.get_ref().as_str() else {
            let number = section.read_number(key, value)?;
            let constant = Expression { kind: Kind::Number(number.value), span: 0..0 };
            return Ok(Formula::Expression(number.value.to_string(), constant, number.span.start));
        };
        // Where the string stands as it is written, places in it are places of the file.
        let span = value.span();
        let raw = self.text.get(span.clone()).unwrap_or("");
        let begin = raw.find(expression).filter(|_| !expression.is_empty()).map(|inner| span.start + inner);
        let place = |inner: Range<usize>| match begin {
            Some(begin) => begin + inner.start..begin + inner.end,
            None => span.clone(),
        };
        let refuse = |error: SyntaxError| section.fault(place(error.span), error.problem, error.help);
        let parsed = Expression::parse(expression).map_err(refuse)?;
        Ok(Formula::Expression(expression.to_owned(), parsed, begin.unwrap_or(span.start)))
    }

    fn correlations(&self, root: &Section<'_>) -> Result<Vec<(Correlation, Range<usize>)>, Fault> {
        let mut read = Vec::new();
        for table in root.sections("correlation")? {
            let names = table.strings("between")?;
            let [a, b] = names.as_slice() else {
                return Err(table.missing("between", "two names of quantities"));
            };
            let r = table.required_number("r", "a correlation between −1 and 1")?;
            if r.value.abs() >= 1.0 {
                let help = "for full dependence, define one by the other";
                return Err(table.fault(r.span, "a correlation lies between −1 and 1, ends excluded", help));
            }
            let evidence = Evidence::read(&table, self.judged_by)?;
            table.finish()?;
            let between = [a.value.clone(), b.value.clone()];
            read.push((Correlation { between, r: r.value, evidence }, a.span.start..b.span.end));
        }
        Ok(read)
    }
}

impl Context<'_> {
    /// Expressions over the quantities and `year`, which draw nothing themselves: the same samples run through all years.
    fn series(&self, root: &Section<'_>, written: &[Written], constants: &[(&str, f64)]) -> Result<Vec<Series>, Fault> {
        let Some(section) = root.section("series")? else { return Ok(Vec::new()) };
        let mut series = Vec::new();
        for name in section.keys() {
            let Some(table) = section.section(&name.value)? else { continue };
            let Formula::Expression(definition, expression, begin) = self.formula(&table, "value")? else { continue };
            let unit = table.string("unit")?.map(|unit| unit.value);
            table.finish()?;
            let mut lookup = |word: &str, span: &Range<usize>| {
                if let Some((_, value)) = constants.iter().find(|(constant, _)| *constant == word) {
                    return Ok(Node::Number(*value));
                }
                let place = if word == "year" {
                    Some(written.len())
                } else {
                    written.iter().position(|w| w.name.value == word)
                };
                place.map(Node::Quantity).ok_or_else(|| {
                    let known = written.iter().map(|w| w.name.value.as_str()).chain(["year"]);
                    let help = did_you_mean(word, known);
                    root.fault(begin + span.start..begin + span.end, format!("there is no quantity `{word}`"), help)
                })
            };
            let mut draws = 0;
            let program = resolve(&expression, &mut lookup, &mut || {
                draws += 1;
                0
            })?;
            if draws > 0 {
                let help = "draw it once under [quantity], and name it here";
                return Err(root.fault(name.span, format!("`series.{}` draws anew in each year", name.value), help));
            }
            series.push(Series { name: name.value, unit, definition, program, begin });
        }
        Ok(series)
    }

    fn claims(&self, root: &Section<'_>) -> Result<Vec<Claim>, Fault> {
        let aspects = Aspect::ALL.map(|aspect| (aspect.name(), aspect));
        let mut claims = Vec::new();
        for table in root.sections("claim")? {
            let stage = table.choice("stage", &Stage::choices())?;
            let aspect = table.choice("aspect", &aspects)?;
            claims.push(Claim {
                pathway: table.choice("pathway", &Pathway::choices())?.map(|pathway| pathway.value),
                stage: stage.ok_or_else(|| table.missing("stage", "the stage that it is about"))?.value,
                aspect: aspect.ok_or_else(|| table.missing("aspect", "what of the stage it is about"))?.value,
                text: table.required_string("text", "what is said")?.value,
                evidence: Evidence::read(&table, self.judged_by)?,
            });
            table.finish()?;
        }
        Ok(claims)
    }
}

fn missing(root: &Section<'_>) -> Result<Vec<Missing>, Fault> {
    let aspects = Aspect::ALL.map(|aspect| (aspect.name(), aspect));
    let mut missing = Vec::new();
    for table in root.sections("missing")? {
        missing.push(Missing {
            pathway: table.choice("pathway", &Pathway::choices())?.map(|pathway| pathway.value),
            stage: table.choice("stage", &Stage::choices())?.map(|stage| stage.value),
            aspect: table.choice("aspect", &aspects)?.map(|aspect| aspect.value),
            needed: table.required_string("needed", "which evidence would fill the cell")?.value,
        });
        table.finish()?;
    }
    Ok(missing)
}

fn members(table: &Section<'_>, key: &str) -> Result<Vec<At<String>>, Fault> {
    let names = table.strings(key)?;
    if names.is_empty() { Err(table.missing(key, "the names of one or more dates")) } else { Ok(names) }
}

/// Whether a formula brings numbers of its own: a draw, or no name at all. One that only joins others is computed.
fn needs_evidence(formula: &Formula) -> bool {
    fn walk(expression: &Expression) -> (bool, bool) {
        let all = |parts: &mut dyn Iterator<Item = &Expression>| {
            parts.map(walk).fold((false, false), |a, b| (a.0 || b.0, a.1 || b.1))
        };
        match &expression.kind {
            Kind::Number(_) => (false, false),
            Kind::Never | Kind::Name(_) => (false, true),
            Kind::Negative(inner) => walk(inner),
            Kind::Binary(_, a, b) => all(&mut [a.as_ref(), b.as_ref()].into_iter()),
            Kind::If(parts) => all(&mut parts.iter()),
            Kind::Call(_, arguments) => all(&mut arguments.iter()),
            Kind::Draw(..) | Kind::Mixture(_) => (true, true),
        }
    }
    let Formula::Expression(_, expression, _) = formula else { return false };
    let (draws, names) = walk(expression);
    draws || !names
}

fn resolve_names(
    root: &Section<'_>,
    written: &[Written],
    constants: &[(&str, f64)],
) -> Result<(Vec<Quantity>, Vec<Draw>), Fault> {
    let mut draws: Vec<Draw> = Vec::new();
    let mut quantities = Vec::with_capacity(written.len());
    let known = || written.iter().map(|w| w.name.value.as_str());
    for (own, w) in written.iter().enumerate() {
        let first_draw = draws.len();
        let (program, definition, begin, requirement) = match &w.formula {
            Formula::Expression(text, expression, begin) => {
                let mut lookup = |name: &str, span: &Range<usize>| {
                    if let Some((_, value)) = constants.iter().find(|(constant, _)| *constant == name) {
                        return Ok(Node::Number(*value));
                    }
                    let place = begin + span.start..begin + span.end;
                    known().position(|known| known == name).map(Node::Quantity).ok_or_else(|| {
                        let parts: Vec<&str> = name.split('-').collect();
                        let difference =
                            parts.len() > 1 && parts.iter().all(|part| known().any(|known| known == *part));
                        let help = if difference {
                            format!("for a difference write spaces: `{}`", parts.join(" - "))
                        } else {
                            did_you_mean(name, known().chain(["today", "horizon"]))
                        };
                        root.fault(place, format!("there is no quantity `{name}`"), help)
                    })
                };
                let mut next = || {
                    draws.push(Draw { name: String::new() });
                    draws.len() - 1
                };
                (resolve(expression, &mut lookup, &mut next)?, text.clone(), *begin, None)
            }
            Formula::All(names) | Formula::Any(names) => {
                let members =
                    names.iter().map(|name| member(root, written, own, name)).collect::<Result<Vec<_>, _>>()?;
                let nodes = members.iter().map(|i| Node::Quantity(*i)).collect();
                let list = names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(", ");
                let (function, word, requirement) = match &w.formula {
                    Formula::All(_) => (super::expression::Function::Max, "all", Requirement::All(members)),
                    _ => (super::expression::Function::Min, "any", Requirement::Any(members)),
                };
                (Node::Call(function, nodes, 0..0), format!("{word} of {list}"), w.name.span.start, Some(requirement))
            }
        };
        if let Err((span, error)) = program.check() {
            let help = "write parameters that make a distribution: the lower bound first, spreads above zero";
            return Err(root.fault(begin + span.start..begin + span.end, error.to_string(), help));
        }
        let n = draws.len() - first_draw;
        for (i, draw) in draws[first_draw..].iter_mut().enumerate() {
            draw.name = if n == 1 { w.name.value.clone() } else { format!("{} #{}", w.name.value, i + 1) };
        }
        quantities.push(Quantity {
            name: w.name.value.clone(),
            unit: w.unit.clone(),
            evidence: w.evidence.clone().unwrap_or_else(|| Evidence::Computed { from: definition.clone() }),
            definition,
            observed: w.observed,
            is_date: w.is_date,
            place: w.place,
            requirement,
            program,
            begin,
        });
    }
    Ok((quantities, draws))
}

fn member(root: &Section<'_>, written: &[Written], own: usize, name: &At<String>) -> Result<usize, Fault> {
    let dates = || written.iter().filter(|w| w.is_date).map(|w| w.name.value.as_str());
    match written.iter().position(|w| w.name.value == name.value) {
        Some(i) if i == own => Err(root.fault(name.span.clone(), "a requirement cannot contain itself", "")),
        Some(i) if written[i].is_date => Ok(i),
        Some(_) => {
            let problem = format!("`{}` is a number, and a requirement joins dates", name.value);
            Err(root.fault(name.span.clone(), problem, "define the date at which it is reached under [date]"))
        }
        None => {
            let problem = format!("there is no date `{}`", name.value);
            Err(root.fault(name.span.clone(), problem, did_you_mean(&name.value, dates())))
        }
    }
}
