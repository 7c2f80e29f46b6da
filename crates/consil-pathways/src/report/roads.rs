//! Sections of the pathways' assessments.

use super::forecast::{colour, title};
use super::page::{Block, Item, Key, Section, Td};
use crate::architectural::{ArchitecturalAssessment, Innovation};
use crate::compare::amount;
use crate::evolutionary::{AnchorTimeline, EvolutionaryAssessment};
use crate::forecast::When;
use crate::hybrid::HybridAssessment;
use crate::pathway::Pathway;
use crate::plot::{Chart, Edge, Marks, Measure, Profile, Range, Ranges, Series, Vertex, graph, radar};
use crate::profile::{AgiScore, CognitiveAssessment, Finding, GPT_4, GPT_5};
use crate::scaling::ScalingAssessment;
use crate::search::{Contest, Evaluated};

fn findings(title: &str, items: &[Finding]) -> Block {
    Block::Findings { title: title.to_owned(), items: items.iter().map(Item::of).collect() }
}

fn table(title: &str, head: &[&str], rows: Vec<Vec<Td>>) -> Block {
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    Block::Table { title: title.to_owned(), head, rows, note: String::new(), folded: false }
}

fn figure(title: &str, svg: String, caption: &str, wide: bool) -> Block {
    Block::Figure { title: title.to_owned(), svg, legend: Vec::new(), caption: caption.to_owned(), wide }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

pub(super) fn hybrid(found: &HybridAssessment) -> Section {
    let names = |pathways: &[Pathway]| pathways.iter().map(|pathway| pathway.name()).collect::<Vec<_>>().join(" + ");
    let combinations = found.combinations.iter().map(|combination| {
        vec![
            Td::head(names(&combination.pathways)),
            Td::text(percent(combination.any_by_horizon)),
            Td::text(percent(combination.if_independent)),
            Td::text(percent(combination.all_by_horizon)),
            Td::text(format!("{:+.0} points", 100.0 * combination.gain)),
            Td::text(match combination.median {
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
        vec![Td::head(bottleneck.name.clone()), Td::text(names(&bottleneck.pathways)), Td::text(share)]
    });
    let head = ["Shared", "By", "How often it decides"];
    blocks.push(table("Common bottlenecks", &head, bottlenecks.collect()));
    Section {
        id: "hybrid",
        title: "Hybrid".to_owned(),
        lead: "Pathways are sampled together: what they share makes a combination worth less than if they were independent.".to_owned(),
        blocks,
    }
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
            Td::text(format!("{}", i + 1)),
            Td { text: step.name.clone(), note: step.ability.info().about.to_owned(), head: true, ..Td::default() },
            Td::text(format!("{:.2}", step.gap)),
            Td::text(format!("{:.2}", step.weight)),
            Td::text(after.join(", ")),
            Td::text(step.benchmark),
        ]
    });
    let head = ["", "Ability", "Gap", "Gaps that rest on it", "After", "Measured by"];
    blocks.push(table("Development plan", &head, steps.collect()));
    let abilities = found.faculties.iter().flat_map(|faculty| {
        faculty.abilities.iter().map(|ability| {
            vec![
                Td::head(format!("{}.{}", faculty.faculty.name(), ability.name)),
                Td::text(format!("{:.2}", ability.score)),
                Td::text(format!("{:.2}", ability.gap)),
                Td::default().with(&ability.evidence),
            ]
        })
    });
    blocks.push(Block::Table {
        title: "All abilities with their sources".to_owned(),
        head: ["Ability", "Score", "Gap", "Rests on"].map(String::from).to_vec(),
        rows: abilities.collect(),
        note: String::new(),
        folded: true,
    });
    blocks.push(findings("Risks", &found.risks));
    Section {
        id: "cognitive",
        title: "Cognitive".to_owned(),
        lead: "What a mind needs, ability by ability. The plan puts first what most other gaps rest on, and nothing before what it rests on.".to_owned(),
        blocks,
    }
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
            legend.push(Key { colour, name: format!("{}: {:.0}", other.system, other.total()), dashed: false });
            profiles.push(Profile { name: other.system.clone(), colour, scores: scores(&other) });
        }
    }
    let (low, high) = score.bounds();
    let total = if low == high { format!("{low:.0}") } else { format!("{low:.0} to {high:.0}") };
    legend.push(Key { colour: 0, name: format!("{}: {total}", score.system), dashed: false });
    profiles.push(Profile { name: score.system.clone(), colour: 0, scores: scores(score) });
    Block::Figure {
        title: format!("“A Definition of AGI”: {total} of 100"),
        svg: radar("agi", "Points of ten in ten domains", &spokes, &profiles),
        legend,
        caption: "Hendrycks et al., 2025, arXiv:2510.18212: ten domains, ten points each.".to_owned(),
        wide: false,
    }
}

pub(super) fn scaling(found: &ScalingAssessment) -> Section {
    let mut blocks = Vec::new();
    let rows = found.rows.iter().map(|row| {
        let sourced = |value: &Option<crate::evidence::Sourced>| {
            value.as_ref().map_or_else(
                || Td { badge: "not stated".to_owned(), class: "unknown", ..Td::default() },
                |sourced| Td::text(format!("{} {}", amount(sourced.value), row.measure.unit())).with(&sourced.evidence),
            )
        };
        let share = row.normalised.map_or_else(String::new, |share| format!("{share:.1e}"));
        vec![
            Td::head(title(&row.measure.name().replace('-', " "))),
            sourced(&row.current),
            sourced(&row.reference),
            Td::text(share),
        ]
    });
    blocks.push(table("Scale", &["", "System", &found.reference, "As a share"], rows.collect()));
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
            Td::head(title(requirement.name)),
            Td::text(format!("{} {}", amount(requirement.amount), requirement.unit)),
            Td::default().with(&requirement.evidence),
        ]
    });
    blocks.push(table("What the target takes", &["", "Amount", "Rests on"], requirements.collect()));
    let gap = found.scale_factor.zip(found.gap).map_or_else(
        || "The system's compute is not stated, so its distance from the target is not known.".to_owned(),
        |(factor, gap)| {
            format!("The target is {} times the system's compute: {gap:.1} orders of magnitude.", amount(factor))
        },
    );
    let timeline = found.timeline.sentence();
    blocks.push(Block::Text { text: format!("{gap} {timeline}") });
    blocks.push(findings("Risks", &found.risks));
    Section { id: "scaling", title: "Scaling".to_owned(), lead: String::new(), blocks }
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
        graph("innovations", "Dependencies of innovations", &vertices, &edges),
        "Arrows lead from what is needed to what needs it; the order is this project's judgement.",
        true,
    )];
    let innovations = found.innovations.iter().map(|row| {
        let waits: Vec<&str> = row.waits_for.iter().map(|innovation| innovation.name()).collect();
        let measured =
            if row.measured.is_empty() { "no ablation measured".to_owned() } else { row.measured.join("; ") };
        vec![
            Td::head(row.innovation.name().replace('-', " ")),
            Td::text(row.status.name()).with(&row.evidence),
            Td::text(row.priority.name()),
            Td::noted(row.requirement, row.source),
            Td::text(waits.join(", ")),
            Td::text(measured),
        ]
    });
    let head = ["Innovation", "Status", "Priority", "What it takes", "Waits for", "Measured"];
    blocks.push(table("Innovations", &head, innovations.collect()));
    let features = found.features.iter().map(|row| {
        let status = row.status.map_or("", |status| status.name());
        vec![Td::head(title(row.feature.name())), Td::text(status).with(&row.evidence)]
    });
    blocks.push(table("Features", &["", "Status"], features.collect()));
    if !found.ablations.is_empty() {
        let ablations = found.ablations.iter().map(|result| {
            let error = result.gain_error.map_or_else(String::new, |error| format!(" ± {error:.4}"));
            vec![
                Td::noted(result.name.clone(), format!("{} on {}", result.metric, result.task)),
                Td::text(format!("{:.4}", result.with)),
                Td::text(format!("{:.4}", result.without)),
                Td::text(format!("{:+.4}{error}", result.gain)),
                Td::text(format!("{:.2} ×", result.cost_ratio)),
                Td::noted(result.verdict.name(), format!("{} seeds, {}", result.n_seeds, result.from)),
            ]
        });
        let head = ["Ablation", "With", "Without", "Gain", "Cost", "It"];
        blocks.push(table("Measured ablations", &head, ablations.collect()));
    }
    blocks.push(Block::Text { text: found.timeline.sentence() });
    blocks.push(findings("Risks", &found.risks));
    Section { id: "architectural", title: "Architectural".to_owned(), lead: String::new(), blocks }
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
            Series {
                name: "random search".into(),
                colour: 6,
                marks: Marks::Steps,
                points: points(&round.random_front),
            },
            Series {
                name: "NSGA-II".into(),
                colour: colour(Pathway::Evolutionary),
                marks: Marks::Steps,
                points: points(&round.front),
            },
        ];
        let key = |colour, name: &str| Key { colour, name: name.to_owned(), dashed: false };
        blocks.push(Block::Figure {
            title: format!("Fronts after {} evaluations each, seed {}", contest.budget, round.seed),
            svg: chart.svg(),
            legend: vec![key(colour(Pathway::Evolutionary), "NSGA-II"), key(6, "random search")],
            caption: format!("{} by {}: both are minimised.", y, x),
            wide: false,
        });
        let rows = contest.rounds.iter().map(|round| {
            vec![
                Td::text(round.seed.to_string()),
                Td::text(format!("{:.4}", round.nsga2)),
                Td::text(format!("{:.4}", round.random)),
                Td::text(if round.nsga2 > round.random { "NSGA-II" } else { "random search" }),
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
    Section { id: "evolutionary", title: "Evolutionary".to_owned(), lead: String::new(), blocks }
}
