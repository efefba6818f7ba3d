//! Writes a generated repository to disk, for measuring the program on it:
//! `cargo run --release --example write -- typeorm 5000 /tmp/shop`.

#![allow(clippy::disallowed_methods, clippy::print_stderr)]

use std::path::Path;

#[allow(dead_code, reason = "the benchmarks use the rest")]
mod generate;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, count, folder] = arguments.as_slice() else {
        eprintln!("write (typeorm | sql | mixed | endless) COUNT FOLDER");
        return Ok(());
    };
    let count = count.parse().map_err(std::io::Error::other)?;
    let files = match what.as_str() {
        "typeorm" => generate::history::typeorm(3, count),
        "sql" => generate::history::sql(3, count),
        "endless" => generate::endless::migrations().into_iter().nth(count).unwrap_or_default().1,
        _ => generate::repository(7, count),
    };
    for (path, text) in files {
        let path = Path::new(folder).join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
