//! Procfiles: the processes of an app, each a line `name: command`. A shell reads each command in the
//! Procfile's folder. Knows nothing of what starts the processes but that Heroku runs `release` before
//! each release.

use super::command::{self, Site};
use super::{Reader, Settings, host};
use crate::facts::words::process;
use crate::facts::{Fact, Reading};
use crate::repo::Repo;
use crate::text::FileId;

/// Reads a Procfile. Lines of another form are passed over by the programs that read it, and are said
/// to be not understood.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let path = repo.path(id);
    let passage = repo.passage(id);
    let file = host::file(&mut out, repo, id, Reader::Procfile);
    let local = is_local(path);
    let mut start = 0;
    for line in passage.text().split_inclusive('\n') {
        let range = start..start + line.trim_end_matches(['\n', '\r']).len();
        start += line.len();
        let line = passage.text().get(range.clone()).unwrap_or_default();
        let bom = if range.start == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let line = &line[bom..];
        let at = range.start + bom;
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let Some((name, command)) = entry(line) else {
            let reason = "it is no line `name: command`, so it is passed over";
            let place = passage.locate(at..at + line.trim_end().len());
            host::unresolved(&mut out, Some(file), ("command", reason), line, place);
            continue;
        };
        let begin = at + line.len() - command.len();
        let text = passage.slice(begin..begin + command.trim_end().len());
        let key = passage.locate(at..at + name.len());
        let fact = Fact::new(process::KIND, passage.locate(at..begin + text.len())).inside(Some(file));
        let fact = fact.with(process::NAME, name, key).with(process::TEXT, text.text(), text.span());
        let parent = out.add(fact);
        let phase = if name == "release" && !local { "release" } else { "start" };
        let place = host::site("procfile", phase, Some(host::folder_of(path)), settings);
        command::shell(&mut out, &text, &Site { parent: Some(parent), ..place });
    }
    out
}

/// The name and the command of a line.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, command) = line.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let command = command.trim_start();
    (!name.is_empty() && name.chars().all(plain) && !command.is_empty()).then_some((name, command))
}

/// Whether the file's name says that it is for a developer's machine, such as `Procfile.dev`.
fn is_local(path: &str) -> bool {
    let end = path.rsplit_once("Procfile").map_or("", |(_, end)| end);
    ["dev", "local", "test"].iter().any(|word| end.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::words::{command, unresolved};

    fn reading(path: &str, text: &str) -> Reading {
        let mut repo = Repo::default();
        let id = repo.insert(path, text.as_bytes().to_vec(), false);
        read(&repo, id, &Settings::default())
    }

    fn commands(reading: &Reading) -> Vec<(&str, &str, &str)> {
        let commands = reading.facts.iter().filter(|fact| fact.kind == command::KIND);
        commands
            .map(|fact| {
                (
                    fact.text(command::PROGRAM).unwrap_or_default(),
                    fact.text(command::PHASE).unwrap_or_default(),
                    fact.text(command::DIRECTORY).unwrap_or_default(),
                )
            })
            .collect()
    }

    const SHOP: &str = "\u{feff}# 本番の構成\r\nrelease: bin/rails db:migrate && echo \"完了 🎉\"\r\n\
                        web: PORT=3000 bundle exec puma -C config/puma.rb\r\n\r\n  \
                        worker : x\r\njobs_2:bin/jobs\r\n";

    #[test]
    fn processes_with_exact_places() {
        let reading = reading("apps/shop/Procfile", SHOP);
        assert!(reading.findings.is_empty());
        let processes: Vec<_> = reading.facts.iter().filter(|fact| fact.kind == process::KIND).collect();
        let said = |fact: &Fact, field| {
            let span = fact.get(field).unwrap().span;
            SHOP[span.start as usize..span.end as usize].to_owned()
        };
        let names: Vec<_> = processes.iter().map(|fact| said(fact, process::NAME)).collect();
        assert_eq!(names, ["release", "web", "jobs_2"]);
        assert_eq!(said(processes[0], process::TEXT), "bin/rails db:migrate && echo \"完了 🎉\"");
        assert_eq!(processes[2].text(process::TEXT), Some("bin/jobs"));
        let phases: Vec<_> = commands(&reading).into_iter().map(|(_, phase, _)| phase).collect();
        assert_eq!(phases, ["release", "release", "start", "start"]);
        assert!(commands(&reading).iter().all(|(_, _, directory)| *directory == "apps/shop"));
        let lost: Vec<_> = reading.facts.iter().filter_map(|fact| fact.text(unresolved::TEXT)).collect();
        assert_eq!(lost, ["worker : x"]);
    }

    #[test]
    fn a_developers_release_is_none() {
        let reading = reading("Procfile.dev", "release: rails db:migrate");
        assert_eq!(commands(&reading)[0].1, "start");
    }

    #[test]
    fn hostile_text_ends() {
        assert_eq!(reading("Procfile", "").facts.len(), 1);
        let deep = format!("web: {}\nx: 'open\n:\n: a\n\u{feff}", "(".repeat(100_000));
        assert!(!reading("Procfile", &deep).facts.is_empty());
    }
}
