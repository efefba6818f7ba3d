//! How fast checks are: each reader in MB/s, whole repositories, the rulebook, the program's start.

#![allow(clippy::disallowed_methods)]

use deploylint::facts::Facts;
use deploylint::read::{self, Settings};
use deploylint::repo::Repo;
use deploylint::{Policy, Rulebook, check};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

mod generate;

use generate::{Dice, KINDS, Kind, endless, file, history, hostile, layers, repository};

fn main() {
    // The parsers recurse over what they read; checks run on threads with such stacks.
    let run = std::thread::Builder::new().stack_size(64 * 1024 * 1024).spawn(divan::main);
    if let Ok(thread) = run {
        let _ = thread.join();
    }
}

fn repo_of(files: Vec<(String, String)>) -> (Repo, usize) {
    let mut repo = Repo::default();
    let mut bytes = 0;
    for (path, text) in files {
        bytes += text.len();
        repo.insert(&path, text.into_bytes(), false);
    }
    (repo, bytes)
}

/// One reader over 200 files of its kind.
#[divan::bench(args = KINDS)]
fn reader(bencher: Bencher, kind: Kind) {
    let mut dice = Dice::new(1);
    let (repo, bytes) = repo_of((0..200).map(|number| file(&mut dice, kind, number)).collect());
    let settings = Settings::default();
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| repo.ids().map(|id| read::file(&repo, id, &settings).facts.len()).sum::<usize>());
}

/// A generated repository, from text in memory to the report.
#[divan::bench(args = [150, 2000])]
fn generated(bencher: Bencher, files: usize) {
    let (repo, _) = repo_of(repository(7, files));
    let rulebook = Rulebook::builtin();
    let policy = Policy::default();
    bencher.counter(ItemsCount::new(files)).bench_local(|| check(&repo, &rulebook, &policy).findings.len());
}

/// A history of migrations and the code beside it, from text in memory to the report.
#[divan::bench(args = [1_000, 5_000, 20_000], sample_count = 5)]
fn migrations(bencher: Bencher, count: usize) {
    let (repo, _) = repo_of(history::typeorm(3, count));
    let rulebook = Rulebook::builtin();
    let policy = Policy::default();
    bencher.counter(ItemsCount::new(count)).bench_local(|| check(&repo, &rulebook, &policy).findings.len());
}

/// The same in plain SQL, a pair of files for each step.
#[divan::bench(args = [1_000, 5_000, 20_000], sample_count = 5)]
fn sql_migrations(bencher: Bencher, count: usize) {
    let (repo, _) = repo_of(history::sql(3, count));
    let rulebook = Rulebook::builtin();
    let policy = Policy::default();
    bencher.counter(ItemsCount::new(count)).bench_local(|| check(&repo, &rulebook, &policy).findings.len());
}

/// Linking of ten thousand commands in two thousand scripts that call each other, on one core.
#[divan::bench(sample_count = 20)]
fn linking(bencher: Bencher) {
    let (repo, _) = repo_of(layers());
    let settings = Settings::default();
    let readings: Vec<_> = repo.ids().map(|id| read::file(&repo, id, &settings)).collect();
    bencher.with_inputs(|| readings.clone()).bench_local_values(|readings| {
        let (mut facts, _) = Facts::gather(readings);
        read::link::link(&mut facts, &repo, &settings);
        facts.len()
    });
}

/// Scripts that are made to be slow to follow.
#[divan::bench(args = hostile().into_iter().map(|(name, _)| name), sample_count = 5)]
fn slow(bencher: Bencher, name: &str) {
    let script = hostile().into_iter().find(|(other, _)| *other == name);
    let (repo, _) =
        repo_of(script.map(|(_, text)| ("scripts/deploy.sh".to_owned(), text)).into_iter().collect());
    let rulebook = Rulebook::builtin();
    let policy = Policy::default();
    bencher.bench_local(|| check(&repo, &rulebook, &policy).findings.len());
}

/// Migrations that are made to be slow to run.
#[divan::bench(args = endless::migrations().into_iter().map(|(name, _)| name), sample_count = 5)]
fn endless_migrations(bencher: Bencher, name: &str) {
    let files = endless::migrations().into_iter().find(|(other, _)| *other == name);
    let (repo, _) = repo_of(files.map(|(_, files)| files).unwrap_or_default());
    let rulebook = Rulebook::builtin();
    let policy = Policy::default();
    bencher.bench_local(|| check(&repo, &rulebook, &policy).findings.len());
}

/// The rulebook from its files.
#[divan::bench]
fn rulebook(bencher: Bencher) {
    bencher.bench_local(|| Rulebook::read().rules.len());
}

/// The program on `fixtures/shop`, process start included.
#[divan::bench(sample_count = 50)]
fn start_to_report(bencher: Bencher) {
    let program = env!("CARGO_BIN_EXE_deploylint");
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shop");
    bencher.bench_local(|| {
        std::process::Command::new(program)
            .args(["check", "--format", "concise", fixture])
            .output()
            .map(|out| out.stdout.len())
    });
}
