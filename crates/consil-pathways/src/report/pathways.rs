//! Sections of the pathways' assessments.

use consil_report::number::{amount, whole_percent as percent};
use consil_report::{
    Badge, Block, Chart, Edge, Figure, LegendKey, Marks, Measure, Profile, Range, Ranges, Section, Series, Table,
    TableCell, Vertex, dependency_graph, radar,
};

use super::forecast::{colour, title};
use crate::architectural::{ArchitecturalAssessment, Innovation};
use crate::evidence::Finding;
use crate::evolutionary::{AnchorTimeline, EvolutionaryAssessment};
use crate::forecast::When;
use crate::hybrid::HybridAssessment;
use crate::pathway::Pathway;
use crate::profile::{AgiScore, CognitiveAssessment, GPT_4, GPT_5};
use crate::scaling::ScalingAssessment;
use crate::search::{Contest, Evaluated};

fn findings(title: &str, items: &[Finding]) -> Block {
    let items = items.iter();
    let item = |finding: &Finding| consil_report::Finding {
        text: finding.text.clone(),
        badge: Badge::from(&finding.evidence),
    };
    Block::Findings { title: title.to_owned(), items: items.map(item).collect() }
}

fn not_stated() -> Badge {
    Badge { word: "not stated".to_owned(), class: "unknown", detail: String::new() }
}

fn table(title: &str, head: &[&str], rows: Vec<Vec<TableCell>>) -> Block {
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    Block::Table(Table { title: title.to_owned(), head, rows, ..Table::default() })
}

fn figure(title: &str, svg: String, caption: &str, wide: bool) -> Block {
    Block::Figure(Figure { title: title.to_owned(), svg, caption: caption.to_owned(), wide, ..Figure::default() })
}

pub(super) fn hybrid(found: &HybridAssessment) -> Section {
    let names = |pathways: &[Pathway]| pathways.iter().map(|pathway| pathway.name()).collect::<Vec<_>>().join(" + ");
    let combinations = found.combinations.iter().map(|combination| {
        vec![
            TableCell::head(names(&combination.pathways)),
            TableCell::text(percent(combination.any_by_horizon)),
            TableCell::text(percent(combination.if_independent)),
            TableCell::text(percent(combination.all_by_horizon)),
            TableCell::text(format!("{:+.0} points", 100.0 * combination.gain)),
            TableCell::text(match combination.median {
                When::Year(year) => format!("{year:.0}"),
                When::Beyond => "beyond the horizon".to_owned(),
            }),
        ]
    });
    let head = [
        "Pursued together",
        "One arrives",
        "If independent",
        "All arrive",
        "Over the best alone",
        "Median of the first",
    ];
    let mut blocks = vec![table("Combinations", &head, combinations.collect())];
    let bottlenecks = found.bottlenecks.iter().map(|bottleneck| {
        let share = bottleneck
            .share
            .map_or_else(|| "an input of each".to_owned(), |share| format!("decides in {}", percent(share)));
        vec![
            TableCell::head(bottleneck.name.clone()),
            TableCell::text(names(&bottleneck.pathways)),
            TableCell::text(share),
        ]
    });
    let head = ["Shared", "By", "How often it decides"];
    blocks.push(table("Common bottlenecks", &head, bottlenecks.collect()));
    Section::of_blocks(
        "hybrid",
        "Hybrid",
        "Pathways are sampled together: what they share makes a combination worth less than if they were independent.",
        &blocks,
    )
}

pub(super) fn cognitive(found: &CognitiveAssessment) -> Section {
    let spokes: Vec<String> = found.faculties.iter().map(|faculty| title(faculty.faculty.name())).collect();
    let profile = |name: &str, colour, scores| Profile { name: name.to_owned(), colour, scores };
    let own = profile(&found.system, 0, found.faculties.iter().map(|faculty| faculty.score).collect());
    let mut blocks = vec![figure(
        &format!("Faculties of {}", found.system),
        radar("faculties", "Scores of six faculties", &spokes, &[own]),
        "0 is absent, 1 a well-educated adult; what nobody assessed counts 0.",
        false,
    )];
    if let Some(score) = &found.agi_score {
        blocks.push(agi_radar(score));
    }
    if let Some(levels) = &found.levels {
        let text = format!(
            "Levels of AGI (Morris et al., 2023): {} as a narrow system, by its best of {} tasks; {} as a general one, by what {} of the tasks reach.",
            levels.narrow.name(),
            levels.tasks.len(),
            levels.general.name(),
            percent(levels.breadth)
        );
        blocks.push(Block::Text { text });
    }
    let steps = found.plan.iter().enumerate().map(|(i, step)| {
        let after: Vec<&str> = step.after.iter().map(|ability| ability.info().name).collect();
        vec![
            TableCell::text(format!("{}", i + 1)),
            TableCell {
                text: step.name.clone(),
                note: step.ability.info().about.to_owned(),
                head: true,
                ..TableCell::default()
            },
            TableCell::text(format!("{:.2}", step.gap)),
            TableCell::text(format!("{:.2}", step.weight)),
            TableCell::text(after.join(", ")),
            TableCell::text(step.benchmark),
        ]
    });
    let head = ["Step", "Ability", "Gap", "Gaps that rest on it", "After", "Measured by"];
    blocks.push(table("Development plan", &head, steps.collect()));
    let abilities = found.faculties.iter().flat_map(|faculty| {
        faculty.abilities.iter().map(|ability| {
            vec![
                TableCell::head(format!("{}.{}", faculty.faculty.name(), ability.name)),
                TableCell::text(format!("{:.2}", ability.score)),
                TableCell::text(format!("{:.2}", ability.gap)),
                TableCell::default().with(&ability.evidence),
            ]
        })
    });
    blocks.push(Block::Table(Table {
        title: "All abilities with their sources".to_owned(),
        head: ["Ability", "Score", "Gap", "Rests on"].map(String::from).to_vec(),
        rows: abilities.collect(),
        folded: true,
        ..Table::default()
    }));
    blocks.push(findings("Risks", &found.risks));
    Section::of_blocks(
        "cognitive",
        "Cognitive",
        "What a mind needs, ability by ability. The plan puts first what most other gaps rest on, and nothing before what it rests on.",
        &blocks,
    )
}

fn agi_radar(score: &AgiScore) -> Block {
    let spokes: Vec<String> =
        score.domains.iter().map(|domain| title(&domain.domain.name().replace('-', " "))).collect();
    let mut profiles: Vec<Profile> = Vec::new();
    let mut legend = Vec::new();
    let scores = |score: &AgiScore| score.domains.iter().map(|domain| domain.points() / 10.0).collect();
    for (colour, other) in [(5, GPT_4), (1, GPT_5)] {
        if other.name != score.system {
            let other = AgiScore::published(other);
            legend.push(LegendKey::of_colour(colour, format!("{}: {:.0}", other.system, other.total())));
            profiles.push(Profile { name: other.system.clone(), colour, scores: scores(&other) });
        }
    }
    let (low, high) = score.bounds();
    let total = if low == high { format!("{low:.0}") } else { format!("{low:.0} to {high:.0}") };
    legend.push(LegendKey::of_colour(0, format!("{}: {total}", score.system)));
    profiles.push(Profile { name: score.system.clone(), colour: 0, scores: scores(score) });
    Block::Figure(Figure {
        title: format!("“A Definition of AGI”: {total} of 100"),
        svg: radar("agi", "Points of ten in ten domains", &spokes, &profiles),
        legend,
        caption: "Hendrycks et al., 2025, arXiv:2510.18212: ten domains, ten points each.".to_owned(),
        ..Figure::default()
    })
}

pub(super) fn scaling(found: &ScalingAssessment) -> Section {
    let mut blocks = Vec::new();
    let rows = found.rows.iter().map(|row| {
        let sourced = |value: &Option<crate::evidence::Sourced>| {
            value.as_ref().map_or_else(
                || TableCell::default().with(not_stated()),
                |sourced| {
                    TableCell::text(format!("{} {}", amount(sourced.value), row.measure.unit())).with(&sourced.evidence)
                },
            )
        };
        let share = row.normalised.map_or_else(String::new, |share| format!("{share:.1e}"));
        vec![
            TableCell::head(title(&row.measure.name().replace('-', " "))),
            sourced(&row.current),
            sourced(&row.reference),
            TableCell::text(share),
        ]
    });
    blocks.push(table("Scale", &["Measure", "System", &found.reference, "As a share"], rows.collect()));
    let ranges = Ranges {
        id: "limits".to_owned(),
        title: "Published limits on one training run".to_owned(),
        x: (Measure::Logarithm, "FLOP".to_owned()),
        domain: (
            found.limitations.iter().map(|l| l.limit.low).fold(found.target.value, f64::min) / 10.0,
            found.limitations.iter().map(|l| l.limit.high).fold(found.target.value, f64::max) * 10.0,
        ),
        rows: found
            .limitations
            .iter()
            .enumerate()
            .map(|(i, limitation)| Range {
                name: title(limitation.limit.constraint.name()),
                note: limitation.limit.by.map_or_else(|| "at any time".to_owned(), |year| format!("by {year:.0}")),
                colour: [1, 5, 2, 3][i % 4],
                outer: (limitation.limit.low, limitation.limit.high),
                inner: None,
                middle: None,
                beyond: None,
            })
            .collect(),
        posts: vec![(found.target.value, format!("target {}", amount(found.target.value)))],
        beyond: None,
    };
    let caption: Vec<String> = found.limitations.iter().map(|l| l.limit.evidence.detail()).collect();
    blocks.push(figure("Limitations, the tightest first", ranges.svg(), &format!("{}.", caption.join(". ")), true));
    let requirements = found.requirements.iter().map(|requirement| {
        vec![
            TableCell::head(title(requirement.name)),
            TableCell::text(format!("{} {}", amount(requirement.amount), requirement.unit)),
            TableCell::default().with(&requirement.evidence),
        ]
    });
    blocks.push(table("What the target takes", &["Requirement", "Amount", "Rests on"], requirements.collect()));
    let gap = found.scale_factor.zip(found.gap).map_or_else(
        || "The system's compute is not stated, so its distance from the target is not known.".to_owned(),
        |(factor, gap)| {
            format!("The target is {} times the system's compute: {gap:.1} orders of magnitude.", amount(factor))
        },
    );
    let timeline = found.timeline.sentence();
    blocks.push(Block::Text { text: format!("{gap} {timeline}") });
    blocks.push(findings("Risks", &found.risks));
    Section::of_blocks("scaling", "Scaling", "", &blocks)
}

pub(super) fn architectural(found: &ArchitecturalAssessment) -> Section {
    let place = |innovation: Innovation| Innovation::ALL.iter().position(|other| *other == innovation).unwrap_or(0);
    let row = |innovation: Innovation| found.innovations.iter().find(|row| row.innovation == innovation);
    let vertices: Vec<Vertex> = Innovation::ALL
        .into_iter()
        .filter_map(row)
        .map(|row| Vertex {
            name: row.innovation.name().replace('-', " "),
            note: format!("{}, priority {}", row.status.name(), row.priority.name()),
            class: row.status.name().to_owned(),
        })
        .collect();
    let edges: Vec<Edge> = Innovation::ALL
        .into_iter()
        .flat_map(|to| to.requires().iter().map(move |from| Edge { from: place(*from), to: place(to) }))
        .collect();
    let mut blocks = vec![figure(
        "What rests on what",
        dependency_graph("innovations", "Dependencies of innovations", &vertices, &edges),
        "Arrows lead from what is needed to what needs it; the order is this project's judgement.",
        true,
    )];
    let innovations = found.innovations.iter().map(|row| {
        let waits: Vec<&str> = row.waits_for.iter().map(|innovation| innovation.name()).collect();
        let measured =
            if row.measured.is_empty() { "no ablation measured".to_owned() } else { row.measured.join("; ") };
        vec![
            TableCell::head(row.innovation.name().replace('-', " ")),
            TableCell::text(row.status.name()).with(&row.evidence),
            TableCell::text(row.priority.name()),
            TableCell::text(row.requirement).noted(row.source),
            TableCell::text(waits.join(", ")),
            TableCell::text(measured),
        ]
    });
    let head = ["Innovation", "Status", "Priority", "What it takes", "Waits for", "Measured"];
    blocks.push(table("Innovations", &head, innovations.collect()));
    let features = found.features.iter().map(|row| {
        let status = row.status.map_or("", |status| status.name());
        vec![TableCell::head(title(row.feature.name())), TableCell::text(status).with(&row.evidence)]
    });
    blocks.push(table("Features", &["Feature", "Status"], features.collect()));
    if !found.ablations.is_empty() {
        let ablations = found.ablations.iter().map(|result| {
            let error = result.gain_error.map_or_else(String::new, |error| format!(" ± {error:.4}"));
            vec![
                TableCell::text(result.name.clone()).noted(format!("{} on {}", result.metric, result.task)),
                TableCell::text(format!("{:.4}", result.with)),
                TableCell::text(format!("{:.4}", result.without)),
                TableCell::text(format!("{:+.4}{error}", result.gain)),
                TableCell::text(format!("{:.2} ×", result.cost_ratio)),
                TableCell::text(result.verdict.name()).noted(format!("{} seeds, {}", result.n_seeds, result.from)),
            ]
        });
        let head = ["Ablation", "With", "Without", "Gain", "Cost", "Verdict"];
        blocks.push(table("Measured ablations", &head, ablations.collect()));
    }
    blocks.push(Block::Text { text: found.timeline.sentence() });
    blocks.push(findings("Risks", &found.risks));
    Section::of_blocks("architectural", "Architectural", "", &blocks)
}

pub(super) fn evolutionary(found: &EvolutionaryAssessment, contest: Option<(&Contest, &[String])>) -> Section {
    let mut blocks = Vec::new();
    if let Some((contest, objectives)) = contest
        && let Some(round) = contest.rounds.first()
        && let [x, y, ..] = objectives
    {
        let points = |front: &[Evaluated]| {
            let pair = |e: &Evaluated| e.objectives.as_ref().and_then(|o| Some((*o.first()?, *o.get(1)?)));
            front.iter().filter_map(pair).collect::<Vec<(f64, f64)>>()
        };
        let measure = |of: fn(&(f64, f64)) -> f64| {
            let all: Vec<f64> = points(&round.front).iter().chain(&points(&round.random_front)).map(of).collect();
            let (low, high) = all.iter().fold((f64::INFINITY, 0.0), |(l, h): (f64, f64), v| (l.min(*v), h.max(*v)));
            if low > 0.0 && high / low > 20.0 { Measure::Logarithm } else { Measure::Amount }
        };
        let mut chart = Chart::new("front", "Fronts", (measure(|p| p.0), x), (measure(|p| p.1), y));
        chart.series = vec![
            Series::line("random search", 6, points(&round.random_front)).with_marks(Marks::Steps),
            Series::line("NSGA-II", colour(Pathway::Evolutionary), points(&round.front)).with_marks(Marks::Steps),
        ];
        blocks.push(Block::Figure(Figure {
            title: format!("Fronts after {} evaluations each, seed {}", contest.budget, round.seed),
            svg: chart.svg(),
            legend: vec![
                LegendKey::of_colour(colour(Pathway::Evolutionary), "NSGA-II"),
                LegendKey::of_colour(6, "random search"),
            ],
            caption: format!("{} by {}: both are minimised.", y, x),
            ..Figure::default()
        }));
        let rows = contest.rounds.iter().map(|round| {
            vec![
                TableCell::text(round.seed.to_string()),
                TableCell::text(format!("{:.4}", round.nsga2)),
                TableCell::text(format!("{:.4}", round.random)),
                TableCell::text(if round.nsga2 > round.random { "NSGA-II" } else { "random search" }),
            ]
        });
        blocks.push(table("Hypervolume by seed", &["Seed", "NSGA-II", "Random search", "Greater"], rows.collect()));
    }
    let mut text = format!(
        "The compute of evolution is put at {} FLOP ({}). The largest published training run lies {:.1} orders of magnitude below it.",
        amount(found.anchor.value),
        found.anchor.evidence.detail(),
        found.gap_of_largest_run
    );
    if let Some((search, gap)) = found.search.as_ref().zip(found.gap_of_search) {
        let flop = search.flop.map_or_else(String::new, |flop| format!(" of {} FLOP", amount(flop)));
        text.push_str(&format!(" This search{flop} lies {gap:.1} below."));
    }
    match &found.timeline {
        AnchorTimeline::Between { earliest, latest, extrapolation, .. } => text.push_str(&format!(
            " At the stated growth budgets reach it between {earliest:.0} and {latest:.0}, {:.1} times as far ahead as growth was observed.",
            extrapolation.ratio
        )),
        AnchorTimeline::TooFar { extrapolation, evidence } => {
            text.push(' ');
            text.push_str(&extrapolation.refusal(evidence));
        }
        AnchorTimeline::InsufficientEvidence { needed } => text.push_str(&format!(" Insufficient evidence for a date: state {needed}.")),
    }
    blocks.push(Block::Text { text });
    blocks.push(findings("Requirements", &found.requirements));
    blocks.push(findings("Risks", &found.risks));
    Section::of_blocks("evolutionary", "Evolutionary", "", &blocks)
}
