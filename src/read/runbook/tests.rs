//! Fences to facts, with their exact places.

use proptest::prelude::*;

use super::*;
use crate::facts::words::{
    command as run, fly_key, image, migration, release, schema_change, step, unresolved, variable,
};
use crate::facts::{Field, Kind};

fn reading(text: &str) -> Reading {
    let mut repo = Repo::default();
    let id = repo.insert("docs/runbook.md", text.as_bytes().to_vec(), false);
    let reading = read(&repo, id, &Settings::default());
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    for fact in &reading.facts {
        let words = text.get(fact.span.start as usize..fact.span.end as usize);
        assert!(words.is_some(), "{fact:?}");
    }
    reading
}

fn of_kind(reading: &Reading, kind: Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

fn texts(reading: &Reading, field: Field) -> Vec<&str> {
    reading.facts.iter().filter_map(|fact| fact.text(field)).collect()
}

fn said<'t>(text: &'t str, fact: &Fact, field: Field) -> &'t str {
    let span = fact.get(field).unwrap().span;
    &text[span.start as usize..span.end as usize]
}

#[test]
fn a_fence_knows_where_it_stands() {
    let text = "\u{feff}---\r\ntitle: 手順\r\n---\r\n\r\n# 本番 `deploy` 😀\r\n\r\n## 準備\r\n\r\n### 手順\r\n\r\n## 実行\r\n\r\n1. 次を実行\r\n\r\n   ~~~~bash title=\"x\"\r\n   fly deploy \\\r\n     --image 店\r\n   ~~~~\r\n";
    let reading = reading(text);
    let fences = of_kind(&reading, fence::KIND);
    assert_eq!(fences.len(), 1);
    assert_eq!(fences[0].text(fence::LANGUAGE), Some("bash"));
    assert_eq!(fences[0].text(fence::HEADING), Some("実行"));
    assert_eq!(said(text, fences[0], fence::HEADING), "実行");
    let section: Vec<_> = fences[0].list(fence::SECTION).iter().map(|(words, _)| words.as_ref()).collect();
    assert_eq!(section, ["本番 deploy 😀", "実行"]);
    assert_eq!(fences[0].list(fence::LABELS)[0].0.as_ref(), "title=\"x\"");
    let commands = of_kind(&reading, run::KIND);
    assert_eq!(commands.len(), 1);
    assert_eq!(commands[0].text(run::TEXT), Some("fly deploy --image 店"));
    assert_eq!(commands[0].text(run::HOST), Some("runbook"));
    assert_eq!(commands[0].text(run::PHASE), Some("runbook"));
    assert_eq!(commands[0].text(run::DIRECTORY), Some(""));
    assert_eq!(commands[0].text(run::FAILURE), Some("stops"));
    assert_eq!(commands[0].parent, Some(FactRef(1)));
    assert!(text[commands[0].span.start as usize..].starts_with("fly deploy"));
}

#[test]
fn a_fence_may_ask_not_to_be_read() {
    for (head, read) in [
        ("```sh", true),
        ("```sh bad", false),
        ("```sh,ignore", false),
        ("```{.sh .Example}", false),
        ("```sh historical since=2024", false),
        ("<!-- deploylint: ignore -->\n```sh", false),
        ("<!-- deploylint: ignore -->\r\n```sh", false),
        ("- 例\n\n  <!-- deploylint: ignore (一度だけ) -->\n  ```sh", false),
        ("> <!-- deploylint: ignore -->\n>\n> ```sh", false),
        ("<!-- deploylint: ignore -->\n\ntext\n\n```sh", true),
        ("<!-- a note -->\n```sh", true),
        ("```text", false),
        ("```", false),
        ("```toml rule", false),
        ("````md\n```sh", false),
        ("```SH:release.sh", true),
    ] {
        let quote = if head.starts_with('>') { "> " } else { "" };
        let text = format!("# A\n\n{head}\n{quote}fly deploy\n{quote}```\n");
        let reading = reading(&text);
        assert_eq!(of_kind(&reading, run::KIND).len(), usize::from(read), "{head}");
        let fact = of_kind(&reading, fence::KIND)[0];
        assert_eq!(fact.get(fence::READ_AS).is_some(), read, "{head}");
        if head.contains("deploylint") && !read {
            assert!(said(&text, fact, fence::IGNORED).starts_with("<!-- deploylint: ignore"));
            assert!(said(&text, fact, fence::IGNORED).ends_with("-->"));
        }
    }
    let text = "```sh Bad\nfly deploy\n```\n";
    let reading = reading(text);
    assert_eq!(said(text, of_kind(&reading, fence::KIND)[0], fence::IGNORED), "Bad");
}

#[test]
fn a_session_has_commands_and_answers() {
    let text = "```console\n$ fly status -a <app-name>\nApp\n  Name = fly deploy\n$ fly deploy \\\n> --image 😀\n==> ok\n```\n";
    let reading = reading(text);
    let commands = of_kind(&reading, run::KIND);
    assert_eq!(commands.len(), 2);
    assert_eq!(said(text, commands[0], run::TEXT), "fly status -a <app-name>");
    assert_eq!(commands[1].text(run::TEXT), Some("fly deploy --image 😀"));
    assert!(said(text, commands[1], run::TEXT).starts_with("fly deploy \\\n> --image"));
}

#[test]
fn what_is_no_shell_is_said_and_no_finding() {
    let text = "```bash\nfly deploy\nif true; then\n```\n\n```bash\ncd <repo-root>\nfly deploy -a {app} ...\necho \"open\n```\n";
    let reading = reading(text);
    assert_eq!(of_kind(&reading, unresolved::KIND).len(), 2);
    let deploys = of_kind(&reading, run::KIND);
    let deploys: Vec<_> = deploys.iter().filter(|fact| fact.has(run::EFFECTS, "deploy")).collect();
    assert_eq!(deploys.len(), 2);
    assert_eq!(deploys[1].text(run::DIRECTORY), Some(""));
    assert_eq!(said(text, deploys[1], run::TEXT), "fly deploy -a {app} ...");
}

#[test]
fn recipes_are_read_line_by_line() {
    let text = "```make\ndeploy:\n\t@fly deploy -a $(APP)\n```\n\n```just\ndeploy env:\n    fly deploy -c fly.{{env}}.toml\n```\n\n```make\nmake deploy\n```\n";
    let reading = reading(text);
    let commands = of_kind(&reading, run::KIND);
    let places: Vec<_> = commands.iter().map(|fact| said(text, fact, run::TEXT)).collect();
    assert_eq!(places, ["fly deploy -a $(APP)", "fly deploy -c fly.{{env}}.toml", "make deploy"]);
}

#[test]
fn a_part_of_a_fly_toml_says_what_it_says() {
    let text = "```toml:fly.toml\n# 抜粋\n[http_service]\n  internal_prot = 3000\n[deploy]\n  release_command = \"npm run db:seed\"\n  strategy = \"bluegreen\"\n...\n[env]\nAPI_TOKEN = \"abc\"\n```\n";
    let reading = reading(text);
    let unknown: Vec<_> = of_kind(&reading, fly_key::KIND)
        .into_iter()
        .filter(|fact| fact.bool(fly_key::KNOWN) == Some(false))
        .collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(said(text, unknown[0], fly_key::NAME), "internal_prot");
    assert_eq!(texts(&reading, release::TEXT), ["npm run db:seed"]);
    assert_eq!(texts(&reading, variable::NAME), ["API_TOKEN"]);
    assert!(of_kind(&reading, crate::facts::words::fly_config::KIND).is_empty());
    let command = of_kind(&reading, run::KIND)[0];
    assert_eq!(
        (command.text(run::HOST), command.text(run::PHASE)),
        (Some("release-command"), Some("runbook"))
    );
}

#[test]
fn keys_without_their_table_are_not_judged() {
    let text = "```toml\nrelease_command = \"npm run migrate\"\nstrategy = \"canary\"\n```\n\n```toml\n[build]\ncommand = \"npm run build\"\n```\n";
    let reading = reading(text);
    assert!(of_kind(&reading, fly_key::KIND).is_empty());
    let read: Vec<_> = of_kind(&reading, fence::KIND).iter().map(|fact| fact.text(fence::READ_AS)).collect();
    assert_eq!(read, [Some("fly"), None]);
}

#[test]
fn a_part_of_a_workflow_has_steps_and_no_jobs() {
    let text = "- 例\n\n  ```yaml\n  jobs:\n    deploy:\n      runs-on: ubuntu-latest\n      steps:\n        - uses: actions/checkout@v4\n        - run: fly deploy -a <app>\n  ```\n\n```yml\nservices:\n  web:\n    image: shop\n```\n\n```yaml\nruns:\n  using: composite\n  steps:\n    - run: echo 表\n      shell: bash\n```\n";
    let reading = reading(text);
    assert!(of_kind(&reading, crate::facts::words::job::KIND).is_empty());
    assert!(of_kind(&reading, crate::facts::words::workflow::KIND).is_empty());
    assert_eq!(of_kind(&reading, step::KIND).len(), 3);
    let commands = of_kind(&reading, run::KIND);
    assert_eq!(said(text, commands[0], run::TEXT), "fly deploy -a <app>");
    assert_eq!(commands[1].text(run::HOST), Some("action-step"));
    let files = of_kind(&reading, file::KIND);
    assert_eq!(files.len(), 1);
}

#[test]
fn a_dockerfile_and_its_images() {
    let text = "```dockerfile\nFROM node:<version> AS 土台\nRUN npm install\n```\n";
    let reading = reading(text);
    let reference = of_kind(&reading, image::KIND)[0];
    assert_eq!(said(text, reference, image::TEXT), "node:<version>");
    let command = of_kind(&reading, run::KIND)[0];
    assert_eq!(said(text, command, run::TEXT), "npm install");
    assert!(of_kind(&reading, crate::facts::words::stage::KIND).is_empty());
}

#[test]
fn statements_have_no_direction() {
    let text = "```sql\nBEGIN;\nUPDATE orders SET state = '済' WHERE id = <id>;\nDROP TABLE old_orders;\n\\dt\nCOMMIT;\n```\n";
    let reading = reading(text);
    let changes = of_kind(&reading, schema_change::KIND);
    let drop = changes.iter().find(|fact| fact.text(schema_change::CHANGE) == Some("drop-table")).unwrap();
    assert_eq!(said(text, drop, schema_change::TABLE), "old_orders");
    assert!(changes.iter().all(|fact| fact.get(schema_change::DIRECTION).is_none()));
    let unknown = of_kind(&reading, unresolved::KIND);
    assert!(unknown.iter().all(|fact| fact.text(unresolved::WHAT) != Some("sql")), "{unknown:?}");
}

#[test]
fn a_migration_is_read_as_one() {
    let text = "```ts\nexport class Drop1700000000000 implements MigrationInterface {\n  async up(q: QueryRunner) {\n    await q.query(`ALTER TABLE a DROP COLUMN b`);\n  }\n}\n```\n\n```ts\nconst x = 1;\n```\n";
    let reading = reading(text);
    let class = of_kind(&reading, migration::KIND)[0];
    assert_eq!(said(text, class, migration::CLASS), "Drop1700000000000");
    assert!(class.get(migration::DOWN).is_none());
    let change = of_kind(&reading, schema_change::KIND)[0];
    assert_eq!(said(text, change, schema_change::COLUMN), "b");
}

#[test]
fn hostile_runbooks_end() {
    for unit in [
        "> ",
        "- ",
        "```sh\n",
        "~~~",
        "`",
        "# ",
        "```sh bad\n```\n",
        "<!--",
        "<!-- deploylint: ignore -->\n",
        "1. ```sh\n",
    ] {
        let text = unit.repeat(100_000);
        let mut repo = Repo::default();
        let id = repo.insert("runbook.md", text.into_bytes(), false);
        let _ = read(&repo, id, &Settings::default());
    }
    for language in ["sh", "console", "make", "dockerfile", "yaml", "toml", "sql", "ts"] {
        for unit in ["(", "<a", "{", "$(", "'", "a: ", "[", "MigrationInterface{", "jobs:\n runs-on:\n"] {
            let text = format!("```{language}\n{}\n```\n", unit.repeat(20_000));
            let mut repo = Repo::default();
            let id = repo.insert("runbook.md", text.into_bytes(), false);
            let _ = read(&repo, id, &Settings::default());
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read(parts in proptest::collection::vec(0..PARTS.len(), 0..24)) {
        let text: String = parts.into_iter().map(|index| PARTS[index]).collect();
        let mut repo = Repo::default();
        let id = repo.insert("runbook.md", text.clone().into_bytes(), false);
        let reading = read(&repo, id, &Settings::default());
        prop_assert!(reading.findings.is_empty());
        for fact in reading.facts {
            prop_assert!(text.get(fact.span.start as usize..fact.span.end as usize).is_some());
        }
    }
}

const PARTS: [&str; 32] = [
    "```sh\n",
    "```console bad\n",
    "```yaml\n",
    "```toml\n",
    "```make\n",
    "```sql\n",
    "```dockerfile\n",
    "```\n",
    "~~~bash\r\n",
    "> ",
    "- ",
    "\t",
    "# 手順\n",
    "<!-- deploylint: ignore -->\n",
    "---\n",
    "a: b\n",
    "$ ",
    "# ",
    "fly deploy -a <app> ",
    "\\\n",
    "'",
    "\"$(",
    "<<EOF\n",
    "EOF\n",
    "{env} … ",
    "0 2 * * * x\n",
    "[http_service]\n",
    "jobs:\n  a:\n    runs-on: x\n    steps:\n",
    "      - run: |\n",
    "FROM a\nRUN b\n",
    "DROP TABLE 表;\n",
    "\u{feff}😀\n",
];
