//! `consil pathways evolve`: a search over designs of one's own models, against random search.

mod ask;

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use consil::evolve::{DEMO_SPACE, Designs, Journal, Laboratory};
use consil::pathways::evolutionary::EvolutionaryAssessment;
use consil::pathways::search::{
    CmaEs, CmaEsConfig, Contest, Evaluated, Nsga2Config, RandomSearch, Searcher, against_random, search,
};
use consil::{Key, Override, SpecSource, Workers};
use consil_diagnostic::file;
use serde::Serialize;

use self::ask::Asked;
use super::files::{GivenError, text_of};
use crate::console::Console;
use crate::failure::Failure;
use crate::global::{change, up_to};
use crate::runs::RunsArg;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{count, number, percent};

/// What makes an evaluation of the demo take a second.
const DEMO_FIDELITY: [&str; 5] = [
    "train.epochs=6",
    "train.batch-size=16",
    "data.compose.train=1200",
    "data.compose.valid=400",
    "data.compose.test=1",
];

/// Search over designs of a model, against random search.
///
/// Draws designs from a space (widths, kernels, layers, learning rates of a spec), trains each for a moment, and looks for the front of loss, operations and
/// memory by NSGA-II; random search is given as many evaluations, and both are compared by the volume that their fronts dominate, over several seeds. Each
/// design is judged on the validation rows. What was evaluated is kept: a search that was interrupted or killed goes on when it is started again.
///
/// With --by cma-es the loss alone is made small, over the genes that have an order; a choice keeps its first value.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways evolve                                  the networks of the demo: about half an hour
  consil pathways evolve --budget 24 --seeds 2
  consil pathways evolve my.toml --space space.toml --set train.epochs=2 --set data.split.valid=0.2
  consil pathways evolve --by cma-es
  consil pathways evolve --json | jq '.contest.rounds[] | {seed, nsga2, random}'

A space:
  [gene]
  width = { integer = [2, 24] }
  rate = { log-real = [5e-4, 1e-2] }
  hidden = { choice = [\"\", \"{ linear = 32 }, 'relu'\"] }
  [set]
  \"network.digit.encoder\" = \"[{ conv = $width, kernel = 3 }, 'relu', 'flatten', $hidden]\"
  \"train.optimizer\" = \"{ adam = { lr = $rate } }\"")]
pub struct EvolveArgs {
    /// The spec: a TOML file [default: the demo]
    #[arg(value_name = "SPEC", value_hint = ValueHint::FilePath, requires = "space")]
    spec: Option<PathBuf>,
    /// What may vary: a TOML file [default: the demo's networks]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    space: Option<PathBuf>,
    /// Override a value of the spec before the genes do, such as train.epochs=2; can be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = change)]
    set: Vec<Override>,
    /// What searches
    #[arg(long, value_enum, default_value = "nsga2")]
    by: By,
    /// Evaluations of each search and seed
    #[arg(long, value_name = "N", default_value_t = 144, value_parser = up_to::<1_000_000>)]
    budget: usize,
    /// Designs that survive in the search, and of its first generation
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = up_to::<100_000>)]
    population: usize,
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(..=100_000))]
    seeds: u64,
    /// Where evaluations are kept [default: evolve/journal.jsonl in the folder of runs]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    journal: Option<PathBuf>,
    #[command(flatten)]
    root: RunsArg,
}

/// What searches.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// NSGA-II: the front of loss, operations and memory
    Nsga2,
    /// CMA-ES: the least loss
    CmaEs,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Front(Box<FrontAnswer>),
    Least(LeastAnswer),
}

/// What a contest of fronts came to.
#[derive(Serialize)]
struct FrontAnswer {
    objectives: [&'static str; 3],
    contest: Contest,
    wins: usize,
    median_nsga2: f64,
    median_random: f64,
    n_trained: usize,
    training_flops: f64,
    assessment: EvolutionaryAssessment,
    /// The front of the first seed in words.
    front: Vec<Design>,
}

#[derive(Serialize)]
struct Design {
    design: String,
    loss: f64,
    forward_flops: f64,
    memory_bytes: f64,
}

/// What a contest for the least loss came to.
#[derive(Serialize)]
struct LeastAnswer {
    rounds: Vec<LeastRound>,
    wins: usize,
    median_cma_es: f64,
    median_random: f64,
    n_trained: usize,
    training_flops: f64,
}

#[derive(Serialize)]
struct LeastRound {
    seed: u64,
    cma_es: f64,
    random: f64,
}

impl EvolveArgs {
    pub fn run(self, console: &Console, workers: &Workers) -> Result<(), Failure> {
        for (option, value, least) in
            [("--budget", self.budget, 2), ("--population", self.population, 2), ("--seeds", self.seeds as usize, 1)]
        {
            if value < least {
                let allowed = if least == 1 { "a whole number above zero" } else { "2 or more" };
                return Err(GivenError::OutOfRange { option, value: value as f64, allowed }.into());
            }
        }
        let folder = self.root.runs.join("evolve");
        let example = consil::example::find("demo").expect("the demo is built in");
        let (name, text) = text_of(self.spec.as_deref(), ("the demo", example.spec()))?;
        let (space_name, space) = text_of(self.space.as_deref(), ("the built-in space", DEMO_SPACE))?;
        let mut designs = Designs::parse(&space_name, &space)?;
        let mut fixed: Vec<Override> = Vec::new();
        let (base, rules) = match &self.spec {
            Some(spec) => {
                let source = SpecSource::new(spec, None)?;
                (source.base().to_owned(), source.rules().to_owned())
            }
            None => {
                // The rules of the demo are read from a file, as those of any spec.
                example.write(&folder)?;
                fixed = DEMO_FIDELITY.iter().map(|set| set.parse()).collect::<Result<_, _>>()?;
                (folder.clone(), folder.clone())
            }
        };
        fixed.extend(self.set.iter().cloned());
        let path = self.journal.clone().unwrap_or_else(|| folder.join("journal.jsonl"));
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            file::create_folder(parent)?;
        }
        let journal = Journal::open(&path)?;
        if !journal.is_empty() {
            console.say(&format!("{} holds {}", path.display(), count(journal.len(), "evaluated design")));
        }
        if self.by == By::CmaEs {
            designs = designs.ordered();
        }
        let laboratory = Laboratory { name: &name, text: &text, base: &base, rules: &rules, fixed: &fixed };
        let total = 2 * self.budget * self.seeds as usize;
        let mut asked = Asked::new(console, workers, laboratory, designs, journal, total);
        let answer = match self.by {
            By::Nsga2 => self.front(&mut asked)?,
            By::CmaEs => self.least(&mut asked)?,
        };
        console.answer(&answer, |style| match &answer {
            Answer::Front(answer) => render_front(answer, style),
            Answer::Least(answer) => render_least(answer, style),
        })
    }

    fn seeds(&self) -> Vec<u64> {
        (1..=self.seeds).collect()
    }

    fn front(&self, asked: &mut Asked<'_>) -> Result<Answer, Failure> {
        let config = Nsga2Config::steady_state(self.population);
        let space = asked.space().clone();
        let contest =
            against_random(&space, config, self.budget, &self.seeds(), None, &mut |genome| asked.objectives(genome));
        asked.take_failure()?;
        let contest = contest?;
        let per_evaluation = asked.training_flops() / (2 * self.budget * contest.rounds.len()) as f64;
        let front = contest.rounds[0].front.iter().filter_map(|evaluated| {
            let [loss, flops, memory] = evaluated.objectives.as_deref()? else { return None };
            let design = space.describe(&evaluated.genome);
            Some(Design { design, loss: *loss, forward_flops: 10f64.powf(*flops), memory_bytes: 10f64.powf(*memory) })
        });
        Ok(Answer::Front(Box::new(FrontAnswer {
            objectives: ["validation loss", "log10 of forward FLOP", "log10 of inference bytes"],
            wins: contest.wins(),
            median_nsga2: median(contest.rounds.iter().map(|round| round.nsga2)),
            median_random: median(contest.rounds.iter().map(|round| round.random)),
            n_trained: asked.n_trained(),
            training_flops: asked.training_flops(),
            assessment: EvolutionaryAssessment::of(Some(&contest), Some(per_evaluation), None),
            front: front.collect(),
            contest,
        })))
    }

    fn least(&self, asked: &mut Asked<'_>) -> Result<Answer, Failure> {
        let space = asked.space().clone();
        let mut rounds = Vec::new();
        for seed in self.seeds() {
            let key = Key::new(seed).child("contest");
            let config = CmaEsConfig { population: Some(self.population), ..CmaEsConfig::default() };
            let mut cma_es = CmaEs::new(space.clone(), config, key)?;
            let mut random = RandomSearch::new(space.clone(), self.population, key);
            let mut best = |searcher: &mut dyn Searcher| {
                let all =
                    search(searcher, self.budget, &mut |genome| asked.objectives(genome).map(|all| all[..1].to_vec()));
                least_of(&all)
            };
            rounds.push(LeastRound { seed, cma_es: best(&mut cma_es), random: best(&mut random) });
            asked.take_failure()?;
        }
        Ok(Answer::Least(LeastAnswer {
            wins: rounds.iter().filter(|round| round.cma_es < round.random).count(),
            median_cma_es: median(rounds.iter().map(|round| round.cma_es)),
            median_random: median(rounds.iter().map(|round| round.random)),
            n_trained: asked.n_trained(),
            training_flops: asked.training_flops(),
            rounds,
        }))
    }
}

fn least_of(evaluated: &[Evaluated]) -> f64 {
    let losses = evaluated.iter().filter_map(|one| one.objectives.as_ref()).map(|objectives| objectives[0]);
    losses.fold(f64::INFINITY, f64::min)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { 0.5 * (sorted[middle - 1] + sorted[middle]) }
}

fn render_front(answer: &FrontAnswer, style: TextStyle) -> String {
    let mut rounds = Table::new(["seed", "NSGA-II", "random", "failed"]);
    for round in &answer.contest.rounds {
        rounds.row([round.seed.to_string(), percent(round.nsga2), percent(round.random), round.failed.to_string()]);
    }
    rounds.row(["median".to_owned(), percent(answer.median_nsga2), percent(answer.median_random), String::new()]);
    let mut front = Table::new(["the front of the first seed", "loss", "FLOP", "bytes"]);
    for design in &answer.front {
        let numbers = [design.loss, design.forward_flops, design.memory_bytes].map(number);
        front.row([design.design.clone()].into_iter().chain(numbers));
    }
    let search = answer.assessment.search.as_ref();
    let chance = search.map_or_else(String::new, |search| {
        format!("; ranks as high come by chance with probability {} (rank sum test)", number(search.rank_sum_test))
    });
    let gap =
        answer.assessment.gap_of_search.map_or_else(|| "an unknown number of".to_owned(), |gap| format!("{gap:.1}"));
    format!(
        "hypervolume, as a share of the box between the best and the worst value seen of each objective\n\n{}\nNSGA-II dominates the greater volume on {} of {}{chance}\n\n{}\n{}, {:.3e} FLOP of training (for all evaluations asked, those that came up again included): {gap} orders of magnitude below the evolution anchor of {:.0e} FLOP\n({})\n",
        rounds.render(style),
        answer.wins,
        count(answer.contest.rounds.len(), "seed"),
        front.render(style),
        count(answer.n_trained, "design trained").replace("design traineds", "designs trained"),
        answer.training_flops,
        answer.assessment.anchor.value,
        anchor_source(&answer.assessment),
    )
}

fn anchor_source(assessment: &EvolutionaryAssessment) -> String {
    assessment.anchor.evidence.sentence()
}

fn render_least(answer: &LeastAnswer, style: TextStyle) -> String {
    let mut rounds = Table::new(["seed", "CMA-ES", "random"]);
    for round in &answer.rounds {
        rounds.row([round.seed.to_string(), number(round.cma_es), number(round.random)]);
    }
    rounds.row(["median".to_owned(), number(answer.median_cma_es), number(answer.median_random)]);
    format!(
        "least validation loss\n\n{}\nCMA-ES finds the lower loss on {} of {}; {} trained, {:.3e} FLOP of training\n",
        rounds.render(style),
        answer.wins,
        count(answer.rounds.len(), "seed"),
        count(answer.n_trained, "design"),
        answer.training_flops,
    )
}
