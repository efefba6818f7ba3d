//! What is read from crontabs, and where.

use super::*;
use crate::facts::words::{command, unresolved};

fn reading(path: &str, text: &str) -> Reading {
    let mut repo = Repo::default();
    let id = repo.insert(path, text.as_bytes().to_vec(), false);
    crate::read::file(&repo, id, &Settings::default())
}

fn of_kind(reading: &Reading, kind: crate::facts::Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

fn schedules(reading: &Reading) -> Vec<(&str, Option<&str>, &str)> {
    of_kind(reading, schedule::KIND)
        .into_iter()
        .map(|fact| {
            (
                fact.text(schedule::SCHEDULE).unwrap_or_default(),
                fact.text(schedule::USER),
                fact.text(schedule::TEXT).unwrap_or_default(),
            )
        })
        .collect()
}

const SHOP: &str = "\u{feff}# 日次バックアップ\r\nMAILTO = \"ops@example.com\"\r\nPATH=/usr/bin:/bin\r\n\
                    0 2 * * *\t/srv/shop/bin/backup.sh >> /var/log/バックアップ.log 2>&1\r\n\
                    */5 8-20 * JAN,feb mon-FRI  curl -fsS https://shop.example.com/up\r\n\
                    @daily pg_dump shop > /backups/$(date +\\%Y-\\%m-\\%d 🎉).sql\r\n\
                    0 0 1 * * mail -s 報告 ops@example.com%本文%二行目\r\n";

#[test]
fn entries_with_exact_places() {
    let reading = reading("deploy/crontab", SHOP);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    assert_eq!(
        schedules(&reading),
        [
            ("0 2 * * *", None, "/srv/shop/bin/backup.sh >> /var/log/バックアップ.log 2>&1"),
            ("*/5 8-20 * JAN,feb mon-FRI", None, "curl -fsS https://shop.example.com/up"),
            ("@daily", None, "pg_dump shop > /backups/$(date +%Y-%m-%d 🎉).sql"),
            ("0 0 1 * *", None, "mail -s 報告 ops@example.com"),
        ]
    );
    let said = |span: crate::text::Span| &SHOP[span.start as usize..span.end as usize];
    let commands = of_kind(&reading, command::KIND);
    let programs: Vec<_> =
        commands.iter().map(|fact| said(fact.get(command::PROGRAM).unwrap().span)).collect();
    assert_eq!(programs, ["/srv/shop/bin/backup.sh", "curl", "date", "pg_dump", "mail"]);
    assert!(commands.iter().all(|fact| fact.text(command::PHASE) == Some("schedule")));
    assert!(commands.iter().all(|fact| fact.text(command::HOST) == Some("crontab")));
    let variables = of_kind(&reading, variable::KIND);
    let mail = variables[0].get(variable::VALUE).unwrap();
    assert_eq!((mail.value.as_text(), said(mail.span)), (Some("ops@example.com"), "ops@example.com"));
    assert_eq!(variables[1].text(variable::VALUE), Some("/usr/bin:/bin"));
}

#[test]
fn tables_of_the_system_name_users() {
    let line = "17 * * * * deploy cd /srv && ./backup.sh\n";
    assert_eq!(schedules(&reading("ops/cron.d/shop", line))[0].1, Some("deploy"));
    assert_eq!(schedules(&reading("shop.cron", line))[0].2, "deploy cd /srv && ./backup.sh");
    let root = reading("shop.crontab", "@reboot root /x\n* * * * * * /every/second\n@every 5m /y");
    let expected =
        [("@reboot", Some("root"), "/x"), ("* * * * * *", None, "/every/second"), ("@every 5m", None, "/y")];
    assert_eq!(schedules(&root), expected);
}

#[test]
fn lines_that_are_none() {
    let bad = reading("crontab", "0 3 * * * /x\n0 3 * * backup.sh\n@often /y\n{{ cron }} /z\n0 3 * * *\n");
    let text = "0 3 * * * /x\n0 3 * * backup.sh\n@often /y\n";
    let said: Vec<_> = bad
        .findings
        .iter()
        .filter_map(|finding| {
            text.get(finding.primary.span.start as usize..finding.primary.span.end as usize)
        })
        .collect();
    assert_eq!(said, ["0 3 * * backup.sh", "@often /y"]);
    assert_eq!(bad.findings.len(), 3);
    assert_eq!(of_kind(&bad, unresolved::KIND).len(), 1);
    let other = reading("pages/crontab", "<html>\n<body>\n");
    assert!(other.findings.is_empty());
    let script = reading("logrotate.cron", "#!/bin/sh\nlogrotate /etc/logrotate.conf\n");
    assert_eq!(of_kind(&script, command::KIND)[0].text(command::HOST), Some("script"));
}

#[test]
fn a_script_that_writes_a_crontab() {
    let text = "set -e\ncrontab - <<'EOF'\n# 毎晩\nMAILTO=\n0 3 * * * /srv/backup.sh\nEOF\n\
                crontab -u app <<EOF\n@daily pg_dump shop\nEOF\n\
                (crontab -l; echo \"0 4 * * * ./seed.sh 種\") | crontab -\n\
                echo \"0 5 * * * x\"\necho '* * * * * y' | sudo crontab -u app -\n\
                cat > /etc/cron.d/shop <<EOF\n0 6 * * * root /z\nEOF\n\
                sudo tee /etc/cron.d/other <<EOF >/dev/null\n0 7 * * * app /w\nEOF\ncrontab jobs.txt\n\
                cat <<EOF\n0 8 * * * app /v\nEOF\n";
    let reading = reading("scripts/setup.sh", text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    assert_eq!(
        schedules(&reading),
        [
            ("0 3 * * *", None, "/srv/backup.sh"),
            ("@daily", None, "pg_dump shop"),
            ("0 4 * * *", None, "./seed.sh 種"),
            ("* * * * *", None, "y"),
            ("0 6 * * *", Some("root"), "/z"),
            ("0 7 * * *", Some("app"), "/w"),
        ]
    );
    for fact in of_kind(&reading, schedule::KIND) {
        let span = fact.get(schedule::SCHEDULE).unwrap().span;
        assert_eq!(Some(&text[span.start as usize..span.end as usize]), fact.text(schedule::SCHEDULE));
        let parent = &reading.facts[fact.parent.unwrap().0 as usize];
        assert_eq!(parent.kind, command::KIND);
    }
    let scheduled: Vec<_> = of_kind(&reading, command::KIND)
        .into_iter()
        .filter(|fact| fact.text(command::PHASE) == Some("schedule"))
        .filter_map(|fact| fact.text(command::TEXT))
        .collect();
    assert_eq!(scheduled, ["/srv/backup.sh", "pg_dump shop", "./seed.sh 種", "y", "/z", "/w"]);
}

#[test]
fn an_image_that_writes_a_crontab() {
    let text = "FROM debian:12\nRUN echo '0 3 * * * root /backup.sh 夜' > /etc/cron.d/backup\n\
                RUN printf '0 4 * * * a\\n0 5 * * * b %s\\n' >> /etc/crontabs/root && chmod 600 /x\n\
                RUN echo '0 6 * * * c' > /tmp/note\n";
    let reading = reading("Dockerfile", text);
    let expected =
        [("0 3 * * *", Some("root"), "/backup.sh 夜"), ("0 4 * * *", None, "a"), ("0 5 * * *", None, "b ")];
    assert_eq!(schedules(&reading), expected);
    let place = of_kind(&reading, schedule::KIND)[0].get(schedule::TEXT).unwrap().span;
    assert_eq!(&text[place.start as usize..place.end as usize], "/backup.sh 夜");
}

#[test]
fn hostile_text_ends() {
    let text = format!(
        "0 0 * * * {}\n{}\n* * * * * 'open\n%\n* * * * * %\n* * * * * \\%\n=\n=x\n",
        "(".repeat(100_000),
        "* ".repeat(100_000)
    );
    let _ = reading("crontab", &text);
    assert_eq!(reading("crontab", "").facts.len(), 1);
    let nested = format!("{}x", "echo '* * * * * ".repeat(20_000));
    let _ = reading("x.sh", &format!("{nested} | crontab -\n"));
}
