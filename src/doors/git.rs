//! What stood at another revision, through the `git` command. Runs nothing of the repository (no hook,
//! no filter, no pager), fetches nothing, changes nothing.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::check::settings;
use crate::policy::Policy;
use crate::read::{self, Reader, Wanted};
use crate::repo::{MAX_FILE_BYTES, Repo};

/// The files of `root` at `reference` that hold migrations, or that the checked repository `now` reads
/// too, as a repository.
///
/// # Errors
/// A message for the user: no git, no repository, no such revision.
pub fn base(root: &Path, reference: &str, now: &Repo, policy: &Policy) -> Result<Repo, String> {
    let settings = settings(policy);
    let commit = commit(root, reference)?;
    let blobs = blobs(root, &commit)?;
    let mut base = Repo::default();
    let mut wanted = Vec::new();
    for blob in blobs {
        base.note_path(&blob.path);
        if policy.exclude.iter().any(|glob| glob.is_match(&blob.path)) {
            continue;
        }
        let wants = read::wants(&blob.path, &settings);
        let is_migration = matches!(wants, Wanted::Yes(Reader::Migration | Reader::SqlMigration));
        let is_shared = now.get(&blob.path).is_some() && is_code(&blob.path);
        let words = if let Wanted::IfContains(_, words) = wants { words } else { &[] };
        if blob.bytes <= MAX_FILE_BYTES && (is_migration || is_shared || !words.is_empty()) {
            wanted.push((blob, if is_migration || is_shared { &[] } else { words }));
        }
    }
    let ids = wanted.iter().map(|(blob, _)| blob.id.clone()).collect();
    let texts = read_blobs(root, ids)?;
    for ((blob, words), bytes) in wanted.into_iter().zip(texts) {
        let holds = |word: &str| memchr::memmem::find(&bytes, word.as_bytes()).is_some();
        if words.is_empty() || words.iter().any(|word| holds(word)) {
            base.insert(&blob.path, bytes, false);
        }
    }
    Ok(base)
}

fn is_code(path: &str) -> bool {
    path.ends_with("ts") || path.ends_with("js") || path.ends_with(".sql")
}

struct Blob {
    id: String,
    bytes: usize,
    path: String,
}

fn git(root: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(root)
        .args(["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

fn commit(root: &Path, reference: &str) -> Result<String, String> {
    let unknown = |why: &str| {
        let why = why.trim().trim_start_matches("fatal: ");
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        format!(
            "`--base {reference}` names no revision of this repository{why}; in CI, fetch it first (`git fetch origin main`, or `fetch-depth: 0`)"
        )
    };
    if reference.is_empty() || reference.starts_with('-') {
        return Err(unknown(""));
    }
    let output = git(root)
        .args(["rev-parse", "--verify"])
        .arg(format!("{reference}^{{commit}}"))
        .output()
        .map_err(|error| format!("`--base` needs git, which cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let is_id = said.len() >= 40 && said.bytes().all(|byte| byte.is_ascii_hexdigit());
    if output.status.success() && is_id {
        return Ok(said);
    }
    Err(unknown(String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or_default()))
}

/// The files below `root` in a commit, links and submodules left out.
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
