//! Sections of a forecast: pathways, dates, sensitivities, fits, inputs.

use consil_report::number::amount;
use consil_report::{
    Badge, Band, Bar, Block, Chart, Figure, LegendKey, Marks, Measure, Range, Ranges, Section, Series, Table,
    TableCell, tornado,
};

use super::fits::{isoflop, predicted_against_observed, residuals};
use crate::compare::{Cell, Comparison, Content, Measurement, Standing};
use crate::fit::Fit;
use crate::forecast::{Forecast, Index, Outcome, PointDate, SpreadScale};
use crate::pathway::{Aspect, Pathway, Stage};

/// The number of a pathway's colour.
pub(super) fn colour(pathway: Pathway) -> usize {
    pathway as usize
}

/// A name with its first letter large.
pub(super) fn title(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The first sentences: what can be said, and what it stands on.
pub(super) fn lead(comparison: Option<&Comparison>) -> Vec<String> {
    let Some(comparison) = comparison else { return Vec::new() };
    let mut best: Vec<(Pathway, f64)> = Pathway::ALL
        .into_iter()
        .filter_map(|pathway| {
            let cell = comparison.cell(pathway, Stage::General, Aspect::Probability)?;
            match cell.content {
                crate::compare::Content::Probability { by_horizon, .. } => Some((pathway, by_horizon)),
                _ => None,
            }
        })
        .collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1));
    let first = match (best.first(), best.last()) {
        (Some((most, p)), Some((least, q))) if best.len() > 1 => format!(
            "By {:.0} a general system arrives with probability {:.0} % on the {} pathway and {:.0} % on the {} one, if the model's inputs hold.",
            comparison.horizon,
            100.0 * p,
            most.name(),
            100.0 * q,
            least.name()
        ),
        _ => "There is not enough evidence to compare pathways.".to_owned(),
    };
    let computed = comparison.count(Standing::Computed) + comparison.count(Standing::Cited);
    let judged = comparison.count(Standing::ComputedFromJudgement) + comparison.count(Standing::Judgement);
    let unknown = comparison.count(Standing::InsufficientEvidence);
    let second = format!(
        "Of {} cells, {computed} stand on measured or cited figures, {judged} on somebody's judgement among their inputs, and for {unknown} \
         the evidence is insufficient. {} inputs are judgements.",
        computed + judged + unknown,
        comparison.judgements.len()
    );
    vec![first, second]
}

/// The map and the tables of pathways.
pub(super) fn pathways(comparison: &Comparison, forecast: Option<&Forecast>) -> Section {
    let mut blocks = Vec::new();
    if let Some(map) = forecast.and_then(map) {
        blocks.push(Block::Figure(Figure {
            title: "When a general system arrives".to_owned(),
            svg: map.svg(),
            caption: "The line holds 90 % of the probability, the box half of it. An arrow leaves the page; what never arrives within the horizon \
                      is counted to the right. A dot stands only where a point date may be named."
                .to_owned(),
            wide: true, ..Figure::default() }));
    }
    for stage in [Stage::General, Stage::Superintelligent, Stage::Broad, Stage::Narrow] {
        let mut head = vec!["Pathway".to_owned()];
        head.extend(Aspect::ALL.map(|aspect| title(&aspect.name().replace('-', " ")).replace("Flop", "FLOP")));
        let row = |pathway: Pathway| {
            let cells = Aspect::ALL.into_iter().filter_map(|aspect| comparison.cell(pathway, stage, aspect));
            std::iter::once(TableCell::head(title(pathway.name()))).chain(cells.map(cell)).collect()
        };
        let claims = comparison.claims.iter().filter(|claim| claim.stage == stage);
        let said: Vec<String> = claims.map(|claim| format!("{} ({})", claim.text, claim.evidence.detail())).collect();
        let note = if said.is_empty() { String::new() } else { format!("Whichever pathway: {}.", said.join("; ")) };
        blocks.push(Block::Table(Table {
            title: format!("{}: {}", title(stage.name()), stage.criterion()),
            head,
            rows: Pathway::ALL.into_iter().map(row).collect(),
            note,
            folded: stage != Stage::General,
        }));
    }
    if !comparison.measured.is_empty() {
        let row = |of: &Measurement| {
            vec![
                TableCell::head(title(of.pathway.name())),
                TableCell::text(of.subject.clone()),
                TableCell::text(of.found.clone()).with(&of.evidence),
                TableCell::text(of.cost.clone().unwrap_or_default()),
            ]
        };
        let mut measured: Vec<&Measurement> = comparison.measured.iter().collect();
        measured.sort_by_key(|of| of.pathway);
        blocks.push(Block::Table(Table {
            title: "Measured or published, at whatever scale".to_owned(),
            head: ["Pathway", "What", "Found", "Cost"].map(str::to_owned).to_vec(),
            rows: measured.into_iter().map(row).collect(),
            note: "What runs gained and cost is evidence of a pathway, and not of a stage: it says nothing of what more scale would do.".to_owned(), ..Table::default() }));
    }
    Section::of_blocks(
        "pathways",
        "Pathways",
        "Five pathways on common axes. No cell is blank and none is invented: each is computed, cited, or somebody's judgement, or says that \
               evidence is insufficient.",
        &blocks,
    )
}

fn cell(cell: &Cell) -> TableCell {
    let standing = cell.standing();
    let class = match standing {
        Standing::Computed => "computed",
        Standing::ComputedFromJudgement | Standing::Judgement => "judgement",
        Standing::Cited => "cited",
        Standing::InsufficientEvidence => "unknown",
    };
    if let Content::InsufficientEvidence { needed } = &cell.content {
        return TableCell::default().with(Badge {
            word: standing.name().to_owned(),
            class,
            detail: format!("needed: {needed}"),
        });
    }
    let far = cell.extrapolation.filter(|far| far.ratio > 0.0).map(|far| {
        format!("extrapolates {}{:.1} × the evidence", if far.at_least { "at least " } else { "" }, far.ratio)
    });
    let (word, detail) = match (&cell.evidence, standing) {
        (_, Standing::ComputedFromJudgement) => {
            let from = format!("computed from inputs of {}", cell.judges().join(", "));
            ("judgement", std::iter::once(from).chain(far).collect::<Vec<_>>().join("; "))
        }
        (Some(evidence), Standing::Cited | Standing::Judgement) => (evidence.word(), evidence.detail()),
        _ => (standing.name(), far.unwrap_or_default()),
    };
    TableCell::text(cell.text()).with(Badge { word: word.to_owned(), class, detail })
}

fn general(forecast: &Forecast, pathway: Pathway) -> Option<&Outcome> {
    let here = |outcome: &&Outcome| {
        outcome.place.pathway == Some(pathway)
            && outcome.place.stage == Some(Stage::General)
            && outcome.place.aspect == Some(Aspect::Date)
    };
    forecast.outcomes.iter().find(here)
}

fn map(forecast: &Forecast) -> Option<Ranges> {
    let row = |pathway: Pathway| {
        let outcome = general(forecast, pathway)?;
        let timeline = outcome.timeline.as_ref()?;
        let at = |i: usize| outcome.summary.quantiles[i].unwrap_or(f64::INFINITY);
        let binding = timeline.binding.first().map_or_else(String::new, |first| format!("waits for {}", first.name));
        let middle = match timeline.point {
            PointDate::Median { year } => Some(year),
            _ => None,
        };
        Some(Range {
            name: title(pathway.name()),
            note: binding,
            colour: colour(pathway),
            outer: (at(0), at(6)),
            inner: Some((at(2), at(4))),
            middle,
            beyond: Some(timeline.beyond),
        })
    };
    let rows: Vec<Range> = Pathway::ALL.into_iter().filter_map(row).collect();
    (!rows.is_empty()).then(|| Ranges {
        id: "map".to_owned(),
        title: "When a general system arrives, by pathway".to_owned(),
        x: (Measure::Year, "year".to_owned()),
        domain: (forecast.today.floor(), forecast.horizon),
        rows,
        posts: Vec::new(),
        beyond: Some(format!("after {:.0}", forecast.horizon)),
    })
}

/// Cumulative probabilities, fans, and the dates of all requirements.
pub(super) fn when(forecast: &Forecast) -> Section {
    let mut blocks = Vec::new();
    let mut chart =
        Chart::new("cumulative", "Probability that it has arrived", (Measure::Year, "year"), (Measure::Share, ""));
    let mut legend = Vec::new();
    for pathway in Pathway::ALL {
        if let Some(timeline) = general(forecast, pathway).and_then(|outcome| outcome.timeline.as_ref()) {
            let name = title(pathway.name());
            legend.push(LegendKey::of_colour(colour(pathway), name.clone()));
            chart.series.push(Series::line(name, colour(pathway), timeline.cumulative.clone()));
        }
    }
    if !chart.series.is_empty() {
        let caption =
            "The probability that a general system has arrived, by year. No curve need reach 100 %.".to_owned();
        blocks.push(Block::Figure(Figure {
            title: chart.title.clone(),
            svg: chart.svg(),
            legend,
            caption,
            ..Figure::default()
        }));
    }
    for (i, fan) in forecast.fans.iter().enumerate() {
        let positive = fan.years.iter().all(|(_, quantiles)| quantiles[0] > 0.0);
        let unit = fan.unit.clone().unwrap_or_default();
        let measure = if positive { Measure::Logarithm } else { Measure::Amount };
        let mut chart = Chart::new(format!("fan{i}"), title(&fan.name), (Measure::Year, "year"), (measure, &unit));
        for (density, (low, high)) in [(1, (0, 6)), (2, (1, 5)), (3, (2, 4))] {
            let points = fan.years.iter().map(|(year, q)| (*year, q[low], q[high])).collect();
            let share = ["90", "80", "50"][density - 1];
            chart.bands.push(Band { name: format!("{share} % of the probability"), colour: 0, density, points });
        }
        let points = fan.years.iter().map(|(year, q)| (*year, q[3])).collect();
        chart.series.push(Series::line("median", 0, points));
        let caption = format!("Median with 50, 80 and 90 % of the probability. {} = {}", fan.name, fan.definition);
        blocks.push(Block::Figure(Figure {
            title: chart.title.clone(),
            svg: chart.svg(),
            caption,
            ..Figure::default()
        }));
    }
    let rows: Vec<Vec<TableCell>> = forecast.outcomes.iter().filter_map(date_row).collect();
    if !rows.is_empty() {
        let head = ["Date", "5 %", "50 %", "95 %", "By the horizon", "Never", "Point date"].map(String::from).to_vec();
        let note = format!(
            "{} samples, seed {}; from {:.1} to {:.0}. Probabilities have a standard error of sampling of at most {:.1} points.",
            forecast.n_samples,
            forecast.seed,
            forecast.today,
            forecast.horizon,
            50.0 / (forecast.n_samples as f64).sqrt()
        );
        blocks.push(Block::Table(Table { title: "All dates".to_owned(), head, rows, note, folded: true }));
    }
    Section::of_blocks(
        "when",
        "When",
        "What lies beyond the horizon is kept as probability. A single date is named only where it lies no further beyond the evidence than the \
               model's limit.",
        &blocks,
    )
}

fn date_row(outcome: &Outcome) -> Option<Vec<TableCell>> {
    let timeline = outcome.timeline.as_ref()?;
    let when = |i: usize| match timeline.quantiles.get(i) {
        Some((_, crate::forecast::When::Year(year))) => format!("{year:.0}"),
        _ => "beyond".to_owned(),
    };
    let point = match timeline.point {
        PointDate::Median { year } => format!("{year:.1}"),
        PointDate::Past { year } => format!("none: {year:.1} is before today"),
        PointDate::TooFar { ratio, limit } => format!("none: {ratio:.1} × the evidence, limit {limit:.1}"),
        PointDate::BeyondHorizon { share } => format!("none: {:.0} % lies beyond the horizon", 100.0 * share),
        PointDate::NoObservedRange => "none: no observed years".to_owned(),
    };
    let cells = [
        when(0),
        when(3),
        when(6),
        format!("{:.0} %", 100.0 * timeline.by_horizon),
        format!("{:.0} %", 100.0 * timeline.never),
        point,
    ];
    let name =
        TableCell { text: outcome.name.clone(), note: outcome.definition.clone(), head: true, ..TableCell::default() };
    Some(std::iter::once(name).chain(cells.map(TableCell::text)).collect())
}

/// A tornado for each quantity.
pub(super) fn sensitivities(all: &[(String, Vec<Index>)]) -> Section {
    let figure = |(i, (name, indices)): (usize, &(String, Vec<Index>))| {
        let bars: Vec<Bar> = indices
            .iter()
            .take(10)
            .map(|index| Bar {
                name: index.factor.clone(),
                first: (index.first, index.first_error),
                total: (index.total, index.total_error),
            })
            .collect();
        Block::Figure(Figure {
            title: match indices.first().map(|index| index.scale) {
                Some(SpreadScale::Logarithm) => format!("{name}, its logarithm"),
                _ => name.clone(),
            },
            svg: tornado(&format!("tornado{i}"), name, &bars),
            ..Figure::default()
        })
    };
    Section::of_blocks(
        "sensitivities",
        "What the spread comes from",
        "Sobol's indices. The pale bar is an input's total share of the variance, interactions included; the dark bar its share alone; the \
               whisker two standard errors. Correlated inputs count as one.",
        &all.iter().enumerate().map(figure).collect::<Vec<_>>(),
    )
}

/// Fitted laws.
pub(super) fn fits(all: &[(String, &Fit)]) -> Section {
    let mut blocks = Vec::new();
    for (i, (name, fit)) in all.iter().enumerate() {
        let computes: Vec<f64> = fit.runs().iter().map(|run| run.design.compute).collect();
        let (low, high) = computes.iter().fold((f64::INFINITY, 0.0), |(l, h): (f64, f64), c| (l.min(*c), h.max(*c)));
        let budgets: Vec<f64> = (0..6).map(|step| low * (high / low).powf(f64::from(step) / 5.0)).collect();
        let charts = [
            predicted_against_observed(&format!("fit{i}"), fit),
            residuals(&format!("residuals{i}"), fit),
            isoflop(&format!("isoflop{i}"), fit, &budgets),
        ];
        for chart in charts {
            let lines = chart.series.iter().filter(|series| series.marks == Marks::Line);
            let legend = lines.map(|s| LegendKey::of_colour(s.colour, s.name.clone())).collect();
            let caption = format!("{name}, {} runs", fit.runs().len());
            blocks.push(Block::Figure(Figure {
                title: chart.title.clone(),
                svg: chart.svg(),
                legend,
                caption,
                ..Figure::default()
            }));
        }
    }
    Section::of_blocks("fits", "Scaling laws", "", &blocks)
}

/// Every input with what it rests on.
pub(super) fn inputs(forecast: &Forecast) -> Section {
    let rows = forecast.outcomes.iter().filter(|outcome| outcome.inputs.iter().any(|input| input.name == outcome.name));
    let rows = rows.map(|outcome| {
        let [low, _, _, median, _, _, high] =
            outcome.summary.quantiles.map(|q| q.map_or_else(|| "∞".to_owned(), amount));
        let unit = outcome.unit.clone().unwrap_or_default();
        let spread = if low == high { String::new() } else { format!("{low} to {high}") };
        vec![
            TableCell {
                text: outcome.name.clone(),
                note: outcome.definition.clone(),
                head: true,
                ..TableCell::default()
            },
            TableCell::text(format!("{median} {unit}")).noted(spread),
            TableCell::default().with(&outcome.evidence),
        ]
    });
    let block = Block::Table(Table {
        title: String::new(),
        head: ["Input", "Median, 5 to 95 %", "Rests on"].map(String::from).to_vec(),
        rows: rows.collect(),
        ..Table::default()
    });
    Section::of_blocks("inputs", "Inputs", "Everything that the forecast takes for given.", &[block])
}
