//! Lists the files under `rules/` for the rulebook, so that a rule is one file and nothing else.

#![allow(clippy::disallowed_methods)] // A build script runs before there is a program.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let rules = Path::new(&root).join("rules");
    println!("cargo:rerun-if-changed={}", rules.display());
    let mut list = String::from("&[\n");
    for family in sorted(&rules)? {
        if !family.is_dir() {
            continue;
        }
        println!("cargo:rerun-if-changed={}", family.display());
        for file in sorted(&family)? {
            if file.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let name = file.strip_prefix(&rules).map_err(io::Error::other)?.with_extension("");
            let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            let _ =
                writeln!(list, "    ({:?}, include_str!({:?})),", name.join("/"), file.display().to_string());
        }
    }
    list.push(']');
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("rules.rs"), list)
}

fn sorted(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}
