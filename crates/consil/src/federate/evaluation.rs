//! Evaluation at the sites: each evaluates it on its own rows, and the server adds up the counts.

use std::sync::Arc;

use consil_fed::{Contribution, Simulation, Survey, Work};
use consil_graph::Weights;
use consil_neurosym::Evaluation;
use consil_random::Key;

use super::site::SimulatedSite;
use crate::context::Workers;
use crate::outcome::{Score, SiteScore, SiteScores};
use crate::train::TrainError;

/// Has every site evaluate the model.
///
/// # Errors
/// When an answer cannot be read. A site that cannot evaluate is named in the scores.
pub(super) fn at_sites(
    simulation: &mut Simulation<SimulatedSite<'_>>,
    weights: &Weights,
    workers: &Workers,
    key: Key,
) -> Result<SiteScores, TrainError> {
    let federation = simulation.federation();
    let sites = federation.sites().clone();
    let work = Work::Evaluate { model: Arc::new(federation.selection().gather(weights.values())) };
    let mut all: Option<Evaluation> = None;
    let (mut by_site, mut unreadable) = (Vec::new(), None);
    let mut take = |contribution: Contribution| {
        let added = read(&contribution).and_then(|evaluation| {
            let name = sites.name(contribution.client).as_str().to_owned();
            by_site.push(SiteScore::new(name, &evaluation));
            match &mut all {
                Some(all) => all.merge(&evaluation).map_err(|error| error.to_string()),
                None => {
                    all = Some(evaluation);
                    Ok(())
                }
            }
        });
        if let Err(error) = added {
            unreadable.get_or_insert((sites.name(contribution.client), error));
        }
    };
    let failures = simulation.survey(Survey::new(&sites, work, 0, key.child("evaluation")), workers, &mut take)?;
    if let Some((site, reason)) = unreadable {
        return Err(TrainError::SiteEvaluation { site: site.as_str().to_owned(), reason });
    }
    Ok(SiteScores {
        all: Score::from(&all.unwrap_or_default()),
        by_site,
        unanswered: failures.into_iter().map(|failure| (failure.site.as_str().to_owned(), failure.reason)).collect(),
    })
}

fn read(contribution: &Contribution) -> Result<Evaluation, String> {
    serde_json::from_slice(contribution.evaluation().unwrap_or_default()).map_err(|error| error.to_string())
}
