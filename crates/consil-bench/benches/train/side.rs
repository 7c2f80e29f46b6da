//! A process that takes steps when it is told to.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Error, Result, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// One side of the comparison: it reads how many steps to take, and answers with the seconds of each; at the end, with its peak memory.
pub struct Side {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Side {
    pub fn start(program: &(impl AsRef<OsStr> + ?Sized), args: &[&str]) -> Result<Self> {
        let mut child = Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let (Some(to), Some(from)) = (to, from) else { return Err(Error::other("no pipes")) };
        let mut side = Self { child, to, from: BufReader::new(from) };
        match side.line()?.as_str() {
            "ready" => Ok(side),
            other => Err(Error::other(format!("not ready: {other}"))),
        }
    }

    pub fn run(&mut self, steps: usize) -> Result<Vec<f64>> {
        writeln!(self.to, "{steps}")?;
        self.to.flush()?;
        let line = self.line()?;
        line.split_whitespace().map(|word| word.parse().map_err(Error::other)).collect()
    }

    /// The peak memory in bytes.
    pub fn end(mut self) -> Result<f64> {
        writeln!(self.to, "end")?;
        self.to.flush()?;
        let kib: f64 = self.line()?.parse().map_err(Error::other)?;
        self.child.wait()?;
        Ok(1024.0 * kib)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            return Err(Error::other("the other side has ended"));
        }
        Ok(line.trim().to_owned())
    }
}
