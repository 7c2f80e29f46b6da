//! What can be typed: the commands, and the options that all of them take.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser};

use crate::commands::Command;
use crate::global::Global;

/// Learn from every modality, reason with rules, federate.
///
/// Consilience trains networks and rules together: one spec file says what a sample holds (images, sound, text, sensors), what
/// is learned, which rules hold, and how training and federation go.
#[derive(Parser)]
#[command(name = "consil", version, disable_help_subcommand = true, max_term_width = 110, styles = STYLES, after_long_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
EXAMPLES
  consil demo                                      learn, federate, explain, report: about a minute
  consil new my-project                            a spec and a rule file to start from
  consil check my-project/consil.toml              find all that is wrong before training
  consil train my-project/consil.toml              train; the run is kept in runs/
  consil predict runs/demo-001 --data new.csv      what the model says of new samples

Results go to stdout, progress and messages to stderr.
Exit codes: 0 done, 1 internal failure, 2 bad input, 3 the machine or the network fails, 130 interrupted.";

/// Reads the command line. Help, the version and usage errors are printed here, and end the process.
pub fn parse() -> Cli {
    let command =
        Cli::command().color(color_wanted(std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned())));
    let matches = command.get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// `--color` must be known before the rest is read: help and usage errors are coloured too.
fn color_wanted(args: impl Iterator<Item = String>) -> ColorChoice {
    let mut args = args.take_while(|arg| arg != "--");
    let mut choice = ColorChoice::Auto;
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--color=") {
            Some(value) => Some(value.to_owned()),
            None if arg == "--color" => args.next(),
            None => continue,
        };
        choice = value.and_then(|value| value.parse().ok()).unwrap_or(choice);
    }
    choice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn color_is_found_in_both_spellings_and_only_before_two_dashes() {
        let wanted = |line: &str| color_wanted(line.split(' ').map(str::to_owned));
        assert_eq!(wanted("train x.toml --color never"), ColorChoice::Never);
        assert_eq!(wanted("--color=always train"), ColorChoice::Always);
        assert_eq!(wanted("train -- --color=always"), ColorChoice::Auto);
    }
}
