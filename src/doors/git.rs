//! What stood at another revision, through the `git` command. Runs nothing of the repository (no hook,
//! no filter, no pager), fetches nothing, changes nothing.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use rustc_hash::FxHashMap;

use crate::check::settings;
use crate::policy::Policy;
use crate::read::migration::reach::Reach;
use crate::read::{self, Reader, Settings, Wanted, uses};
use crate::repo::{MAX_FILE_BYTES, Repo};

/// What stood at a revision, and what its reader has to know.
pub struct Base {
    pub repo: Repo,
    pub note: Option<String>,
}

/// The files of `root` at `reference` that hold migrations, and what these lead to, as a repository. Where
/// HEAD and `reference` have both gone on since, its own base is what they have in common: what changed
/// there alone is no work of HEAD's.
///
/// # Errors
/// A message for the user: no git, no repository, no such revision.
pub fn base(root: &Path, reference: &str, policy: &Policy) -> Result<Base, String> {
    let settings = settings(policy);
    let commit = commit(root, reference)?;
    let blobs = blobs(root, &commit)?;
    let base = load(root, &blobs, &settings, policy)?;
    match fork(root, &commit) {
        Fork::Here => Ok(Base { repo: base, note: None }),
        Fork::At(fork) => {
            let before = common(root, &fork, &blobs, &base)?;
            Ok(Base { repo: base.with_base(before), note: None })
        }
        Fork::Unknown => {
            let note = format!(
                "note: HEAD and `{reference}` have no commit in common that is here (a shallow clone?), so migrations that `{reference}` gained since count as removed; fetch more history (`fetch-depth: 0`)"
            );
            Ok(Base { repo: base, note: Some(note) })
        }
    }
}

/// The migrations among the files of a commit, and the files that they lead to.
fn load(root: &Path, blobs: &[Blob], settings: &Settings, policy: &Policy) -> Result<Repo, String> {
    let mut base = Repo::default();
    let mut wanted = Vec::new();
    let mut others: FxHashMap<&str, &Blob> = FxHashMap::default();
    for blob in blobs {
        base.note_path(&blob.path);
        if blob.is_module() || policy.exclude.iter().any(|glob| glob.is_match(&blob.path)) {
            continue;
        }
        let wants = read::wants(&blob.path, settings);
        let is_migration = matches!(wants, Wanted::Yes(Reader::Migration | Reader::SqlMigration));
        let may_be = matches!(wants, Wanted::IfContains(Reader::Migration, _));
        let code = uses::language(&blob.path).filter(|_| !is_migration && differs(root, blob));
        if blob.bytes <= MAX_FILE_BYTES && (is_migration || may_be || code.is_some()) {
            wanted.push((blob, is_migration, code));
        }
        if !is_migration {
            others.insert(&blob.path, blob);
        }
    }
    let texts = read_blobs(root, wanted.iter().map(|(blob, ..)| blob.id.clone()).collect())?;
    for ((blob, is_migration, code), bytes) in wanted.into_iter().zip(texts) {
        let holds = |word: &&str| memchr::memmem::find(&bytes, word.as_bytes()).is_some();
        let may_be = || ["MigrationInterface", "queryRunner", "QueryRunner"].iter().any(holds);
        let may_name = || code.is_some_and(|language| uses::may_name(language, &bytes));
        if is_migration || may_be() || may_name() {
            base.insert(&blob.path, bytes, false);
        }
    }
    let mut reach = Reach::default();
    loop {
        let paths = reach.next(&base);
        let found: Vec<&Blob> = paths.iter().filter_map(|path| others.get(path.as_str()).copied()).collect();
        let found: Vec<&Blob> = found.into_iter().filter(|blob| blob.bytes <= MAX_FILE_BYTES).collect();
        if found.is_empty() {
            return Ok(base);
        }
        let texts = read_blobs(root, found.iter().map(|blob| blob.id.clone()).collect())?;
        for (blob, bytes) in found.into_iter().zip(texts) {
            base.insert(&blob.path, bytes, false);
        }
    }
}

/// Whether a file is of another size now, or gone; its bytes are not compared.
fn differs(root: &Path, blob: &Blob) -> bool {
    std::fs::metadata(root.join(&blob.path)).map_or(true, |now| now.len() != blob.bytes as u64)
}

/// The paths of the commit in common, with the texts of migrations that read otherwise at the base.
fn common(root: &Path, commit: &str, later: &[Blob], base: &Repo) -> Result<Repo, String> {
    let later: FxHashMap<&str, &str> =
        later.iter().map(|blob| (blob.path.as_str(), blob.id.as_str())).collect();
    let blobs = blobs(root, commit)?;
    let mut repo = Repo::default();
    for blob in &blobs {
        repo.note_path(&blob.path);
    }
    let differs = |blob: &&Blob| later.get(blob.path.as_str()).is_some_and(|id| *id != blob.id);
    let of_base = |blob: &&Blob| base.get(&blob.path).is_some() && blob.bytes <= MAX_FILE_BYTES;
    let wanted: Vec<&Blob> = blobs.iter().filter(differs).filter(of_base).collect();
    let texts = read_blobs(root, wanted.iter().map(|blob| blob.id.clone()).collect())?;
    for (blob, bytes) in wanted.into_iter().zip(texts) {
        repo.insert(&blob.path, bytes, false);
    }
    Ok(repo)
}

/// Where HEAD and another commit part.
enum Fork {
    /// HEAD goes on from that commit.
    Here,
    At(String),
    Unknown,
}

fn fork(root: &Path, commit: &str) -> Fork {
    let Ok(output) = git(root).args(["merge-base", "HEAD", commit]).output() else { return Fork::Unknown };
    let said = String::from_utf8_lossy(&output.stdout);
    let id = said.lines().next().unwrap_or_default().trim();
    match id {
        id if id == commit => Fork::Here,
        id if output.status.success() && is_id(id) => Fork::At(id.to_owned()),
        // A repository whose HEAD has no commit yet has nothing of its own.
        _ if !has_head(root) => Fork::Here,
        _ => Fork::Unknown,
    }
}

fn has_head(root: &Path) -> bool {
    let asked = git(root).args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).output();
    asked.is_ok_and(|output| output.status.success())
}

fn is_id(word: &str) -> bool {
    word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A file of a commit, or a submodule, whose path ends with `/`.
struct Blob {
    id: String,
    bytes: usize,
    path: String,
}

impl Blob {
    fn is_module(&self) -> bool {
        self.path.ends_with('/')
    }
}

fn git(root: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(root)
        .args(["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        // A hook that runs this says where its own repository is, from another folder.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_PREFIX")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

fn commit(root: &Path, reference: &str) -> Result<String, String> {
    if reference.is_empty() || reference.starts_with('-') {
        return Err(format!("`--base {reference}` names no revision: write a branch, a tag or a commit"));
    }
    let output = git(root)
        .args(["rev-parse", "--verify"])
        .arg(format!("{reference}^{{commit}}"))
        .output()
        .map_err(|error| format!("`--base` needs git, which cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && is_id(&said) {
        return Ok(said);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let why = stderr.lines().next().unwrap_or_default().trim().trim_start_matches("fatal: ");
    let folder = root.display();
    if why.contains("not a git repository") {
        return Err(format!("`--base {reference}` needs a git repository, and `{folder}` is in none"));
    }
    if why.contains("dubious ownership") {
        return Err(format!(
            "`--base {reference}`: git refuses to read `{folder}`, which belongs to another user; allow it with `git config --global --add safe.directory {folder}`"
        ));
    }
    let because = if why.is_empty() { String::new() } else { format!(": {why}") };
    let fetch = if is_shallow(root) {
        "this clone is shallow: fetch it first, as with `fetch-depth: 0` of actions/checkout"
    } else {
        "in CI, fetch it first (`git fetch origin main`, or `fetch-depth: 0`)"
    };
    Err(format!("`--base {reference}` names no revision of this repository{because}; {fetch}"))
}

fn is_shallow(root: &Path) -> bool {
    let asked = git(root).args(["rev-parse", "--is-shallow-repository"]).output();
    asked.is_ok_and(|output| output.stdout.starts_with(b"true"))
}

/// The files and submodules below `root` in a commit, links left out.
fn blobs(root: &Path, commit: &str) -> Result<Vec<Blob>, String> {
    let output = git(root)
        .args(["ls-tree", "-r", "-l", "-z", commit])
        .output()
        .map_err(|error| format!("`git ls-tree` cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(failed("ls-tree", &output.stderr));
    }
    let entry = |line: &[u8]| {
        let line = std::str::from_utf8(line).ok()?;
        let (head, path) = line.split_once('\t')?;
        let mut words = head.split_ascii_whitespace();
        let (mode, kind, id, bytes) = (words.next()?, words.next()?, words.next()?, words.next()?);
        if kind == "commit" {
            return Some(Blob { id: id.to_owned(), bytes: 0, path: format!("{path}/") });
        }
        if kind != "blob" || mode == "120000" {
            return None;
        }
        Some(Blob { id: id.to_owned(), bytes: bytes.parse().ok()?, path: path.to_owned() })
    };
    Ok(output.stdout.split(|&byte| byte == 0).filter_map(entry).collect())
}

/// The contents of blobs, in their order.
fn read_blobs(root: &Path, ids: Vec<String>) -> Result<Vec<Vec<u8>>, String> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let cannot = |error: std::io::Error| format!("`git cat-file` cannot be run: {error}");
    let mut child = git(root)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(cannot)?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("`git cat-file` gives no output".to_owned());
    };
    let count = ids.len();
    // Git answers while it is asked; both pipes are of bounded size.
    let asker = std::thread::spawn(move || ids.iter().try_for_each(|id| writeln!(input, "{id}")));
    let mut reader = BufReader::new(output);
    let mut texts = Vec::with_capacity(count);
    for _ in 0..count {
        texts.push(read_blob(&mut reader).map_err(cannot)?);
    }
    drop(reader);
    let _ = asker.join();
    let _ = child.wait();
    Ok(texts)
}

/// One answer: `<id> blob <size>`, the content, a newline; nothing where the object is missing.
fn read_blob(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut head = String::new();
    reader.read_line(&mut head)?;
    let Some(bytes) = head.trim_end().rsplit(' ').next().and_then(|word| word.parse::<usize>().ok()) else {
        return Ok(Vec::new());
    };
    let mut content = vec![0; bytes.min(MAX_FILE_BYTES)];
    reader.read_exact(&mut content)?;
    let mut newline = [0];
    reader.read_exact(&mut newline)?;
    Ok(content)
}

fn failed(what: &str, stderr: &[u8]) -> String {
    let why = String::from_utf8_lossy(stderr);
    format!("`git {what}` failed: {}", why.lines().next().unwrap_or("it gives no reason"))
}
