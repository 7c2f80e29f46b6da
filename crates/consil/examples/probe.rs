use consil::{Progress, Project, RunKind, federate, train};
use std::ops::ControlFlow;
fn main() {
    let mut args = std::env::args().skip(1);
    let spec = args.next().unwrap();
    let fed = args.next().unwrap() == "fed";
    let set: Vec<consil::Override> = args.map(|a| a.parse().unwrap()).collect();
    let t = std::time::Instant::now();
    let project = match Project::load(std::path::Path::new(&spec), &set) {
        Ok(p) => p,
        Err(e) => {
            eprintln!("{e}");
            std::process::exit(2)
        }
    };
    println!("opened {:.2}s", t.elapsed().as_secs_f64());
    let mut obs = |p: Progress| {
        match p {
            Progress::Epoch { epoch, loss, .. } => {
                println!("epoch {epoch} {loss:.4} {:.1}s", t.elapsed().as_secs_f64())
            }
            Progress::Round { round, loss, .. } => println!("round {round} {loss:.4} {:.1}", t.elapsed().as_secs_f64()),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let root = std::path::Path::new("/tmp/runs");
    let o = if !fed {
        let run = train::new_run(&project, RunKind::Central, root).unwrap();
        train::train(&project, &run, &mut obs).unwrap().unwrap()
    } else {
        let run = train::new_run(&project, RunKind::Federated, root).unwrap();
        federate::simulate(&project, &run, std::num::NonZeroUsize::new(2).unwrap(), &mut obs).unwrap().unwrap()
    };
    println!("{:?} {:.1}s logic {:?}", o.test, o.seconds, o.logic_share);
}
