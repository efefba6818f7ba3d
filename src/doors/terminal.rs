//! The terminal: whether it has colours, how wide it is, and writing to it.

use std::io::{self, IsTerminal, Write};

use super::args::Color;
use crate::report::Style;

/// Columns of prose where the terminal does not tell, and at most.
const WIDTH: usize = 100;

/// How to print to standard output.
#[must_use]
pub fn style(color: Color) -> Style {
    let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0));
    Style { color: is_colored(color), width: width.clamp(40, WIDTH) }
}

/// What was asked for, else `NO_COLOR`, else `CLICOLOR_FORCE` and `FORCE_COLOR`, else whether people
/// are reading.
fn is_colored(color: Color) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let on = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if on("CLICOLOR_FORCE") || on("FORCE_COLOR") => true,
        Color::Auto => {
            io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// Writes to standard output. A reader that went away (`deploylint check | head`) is no error.
///
/// # Errors
/// What the system says, such as a full disk.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a line to standard error; where that fails there is nobody left to tell.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

#[must_use]
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}
