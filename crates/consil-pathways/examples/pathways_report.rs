//! The report of the example forecast and profile: `cargo run --release -p consil-pathways --example pathways_report -- report.html`.
//!
//! With `CONSIL_DATA` set, the page also shows the scaling law of Hoffmann et al.'s runs.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::error::Error;

use consil_pathways::architectural::ArchitecturalAssessment;
use consil_pathways::compare::{self, Comparison, Standing};
use consil_pathways::evolutionary::EvolutionaryAssessment;
use consil_pathways::forecast::Model;
use consil_pathways::hybrid::HybridAssessment;
use consil_pathways::profile::{self, CognitiveAssessment, Profile};
use consil_pathways::report::Report;
use consil_pathways::scaling::ScalingAssessment;
use consil_pathways::search::{Allele, Gene, Genome, Nsga2Config, Space, against_random};
use consil_pathways::{Stage, forecast::Index};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let read = |i: usize, name: &str, otherwise: &str| match arguments.get(i) {
        Some(path) => std::fs::read_to_string(path).map(|text| (path.clone(), text)),
        None => Ok((name.to_owned(), otherwise.to_owned())),
    };
    let (name, text) = read(2, "pathways.toml", compare::EXAMPLE)?;
    let model = Model::parse(&name, &text)?;
    let forecast = model.run()?;
    let comparison = Comparison::of(&forecast);
    println!("{}", comparison.text(120));
    for standing in Standing::ALL {
        println!("{:>3} cells: {}", comparison.count(standing), standing.name());
    }
    let hybrid = HybridAssessment::of(&forecast, Stage::General);
    for combination in hybrid.combinations.iter().take(4) {
        let names: Vec<&str> = combination.pathways.iter().map(|pathway| pathway.name()).collect();
        println!(
            "{}: one arrives {:.3}, if independent {:.3}, gain {:.3}",
            names.join(" + "),
            combination.any_by_horizon,
            combination.if_independent,
            combination.gain
        );
    }
    let dates = ["scaling-general", "architectural-general", "cognitive-general", "hybrid-general"];
    let sensitivities: Vec<(String, Vec<Index>)> = dates
        .iter()
        .filter(|date| model.find(date).is_ok())
        .map(|date| Ok(((*date).to_owned(), model.sensitivity(date)?)))
        .collect::<Result<_, Box<dyn Error>>>()?;
    for (date, indices) in &sensitivities {
        println!("\n{date}");
        for index in indices {
            println!(
                "  {:<28} alone {:+.3} ± {:.3}  total {:.3} ± {:.3}",
                index.factor, index.first, index.first_error, index.total, index.total_error
            );
        }
    }
    let (name, text) = read(3, "profile.toml", profile::EXAMPLE)?;
    let profile = Profile::parse(&name, &text)?;
    let cognitive = CognitiveAssessment::of(&profile);
    let scaling = profile.scale.as_ref().map(ScalingAssessment::of);
    let gap = scaling.as_ref().and_then(|s| s.scale_factor).zip(profile.scale.as_ref().map(|s| s.today));
    let architectural = profile.architecture.as_ref().map(|a| ArchitecturalAssessment::of(a, &[], gap));
    println!("\nplan of {}", cognitive.system);
    for step in cognitive.plan.iter().take(8) {
        println!("  {:<28} gap {:.2}  weight {:.2}", step.name, step.gap, step.weight);
    }
    let contest = against_random(
        &space()?,
        Nsga2Config { population: 24, ..Nsga2Config::default() },
        480,
        &[1, 2, 3, 4, 5],
        None,
        &mut zdt2,
    )?;
    for round in &contest.rounds {
        println!("seed {}: hypervolume NSGA-II {:.4}, random {:.4}", round.seed, round.nsga2, round.random);
    }
    let evolutionary = EvolutionaryAssessment::of(Some(&contest), None, profile.scale.as_ref());
    let fit = fit::chinchilla()?;
    let fits: Vec<(String, _)> =
        fit.iter().map(|fit| ("Hoffmann et al., digitised by Epoch AI".to_owned(), fit)).collect();
    let objectives = ["first objective of ZDT2".to_owned(), "second objective".to_owned()];
    let report = Report {
        title: &forecast.name,
        comparison: Some(&comparison),
        forecast: Some(&forecast),
        sensitivities: &sensitivities,
        hybrid: Some(&hybrid),
        cognitive: Some(&cognitive),
        scaling: scaling.as_ref(),
        architectural: architectural.as_ref(),
        evolutionary: Some(&evolutionary),
        contest: Some((&contest, &objectives)),
        fits: &fits,
    };
    if let Some(path) = arguments.get(1) {
        std::fs::write(path, report.html()?)?;
    }
    Ok(())
}

fn space() -> Result<Space, Box<dyn Error>> {
    Ok(Space::new((0..10).map(|i| (format!("x{i}"), Gene::Real { low: 0.0, high: 1.0 })).collect())?)
}

/// ZDT2 (Zitzler, Deb and Thiele, 2000), of ten variables.
fn zdt2(genome: &Genome) -> Option<Vec<f64>> {
    let x: Vec<f64> = genome.iter().filter_map(|a| if let Allele::Real(x) = a { Some(*x) } else { None }).collect();
    let g = 1.0 + 9.0 * x[1..].iter().sum::<f64>() / (x.len() - 1) as f64;
    Some(vec![x[0], g * (1.0 - (x[0] / g).powi(2))])
}

mod fit {
    use super::Error;
    use consil_pathways::run::without_highest_losses;
    use consil_pathways::{Basis, Fit, FitConfig, Law, RunColumns, Source, Table};

    /// The law of Hoffmann et al.'s runs, where the data is there.
    pub fn chinchilla() -> Result<Option<Fit>, Box<dyn Error>> {
        let Some(folder) = std::env::var_os("CONSIL_DATA") else { return Ok(None) };
        let path = std::path::Path::new(&folder).join("pathways/chinchilla/svg_extracted_data.csv");
        let source = Source::new("Hoffmann et al., 2022", Basis::Measured);
        let table = Table::read(std::fs::File::open(path)?, source)?;
        let columns = RunColumns {
            datum: consil_pathways::run::Datum::Token,
            parameters: "Model Size",
            tokens: None,
            unique_tokens: None,
            compute: Some("Training FLOP"),
            loss: "loss",
        };
        Ok(Some(FitConfig::new(Law::Hoffmann).fit(&without_highest_losses(columns.read(&table)?, 5)?)?))
    }
}
