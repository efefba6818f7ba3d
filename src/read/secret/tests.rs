//! Tests of what counts as a credential, both ways.

use super::classify;

/// A token put together here, so that no scanner takes this file for a leak.
fn token(prefix: &str, len: usize) -> String {
    let body = "k3Jx9QwPz7LmT2vBn8RsY4dHf6Gc1AeU5iKoVjNqWpXtZyEbCaDgFhMlSrOu0I";
    format!("{prefix}{}", body.chars().cycle().take(len).collect::<String>())
}

#[test]
fn known_tokens_are_told_by_value() {
    let jwt = format!("{}.{}.{}", token("eyJ", 20), token("eyJ", 40), token("", 43));
    let values = [
        token("sk_live_", 24),
        token("rk_live_", 24),
        token("sk-proj-", 40),
        token("sk-ant-api03-", 60),
        token("ghp_", 36),
        token("github_pat_", 60),
        token("xoxb-12345678901-", 24),
        format!("AKIA{}", "K3JX9QWPZ7LMT2VB"),
        token("AIza", 35),
        token("glpat-", 20),
        token("npm_", 36),
        format!("{}.{}", token("SG.", 22), token("", 43)),
        token("fo1_", 40),
        token("FlyV1 fm2_", 60),
        format!("//registry.example.com/:_authToken={}", token("npm_", 36)),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----".to_owned(),
        jwt,
        "postgres://shop:h4rdT0Guess@db.shop.internal:5432/shop".to_owned(),
        "postgres://postgres:postgres@db.shop.internal:5432/shop".to_owned(),
        "redis://default:9fj2kd83jf@cache:6379".to_owned(),
        "https://deploy:s3cr3tW0rd@registry.shop.jp/v2".to_owned(),
        "amqp://shop:p@ss:w0rd9@mq.shop.jp".to_owned(),
    ];
    for value in values {
        assert_eq!(classify("ANYTHING", Some(&value)), "value", "{value}");
    }
}

#[test]
fn what_only_looks_like_a_token_is_none() {
    let values = [
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx".to_owned(),
        "sk_live_REDACTED00112233445566".to_owned(),
        token("sk_test_", 24),
        token("pk_live_", 24),
        "ghp_your_token_here_0123456789abcdefghij".to_owned(),
        format!("AKIA{}", "IOSFODNN7EXAMPLE"),
        token("AKIA", 40),
        "AIzaREDACTED".to_owned(),
        "task-runner-for-the-whole-organisation-2024".to_owned(),
        "disk-0123456789abcdefghijklmnopqrstuvwxyz".to_owned(),
        "postgres://shop@db.shop.internal:5432/shop".to_owned(),
        "postgres://postgres:postgres@localhost:5432/test".to_owned(),
        "postgres://postgres:postgres@db:5432/test".to_owned(),
        "postgres://user:password@host:5432/shop".to_owned(),
        "postgres://user:${DB_PASSWORD}@db.shop.jp/shop".to_owned(),
        "postgres://user:$DB_PASSWORD@db.shop.jp/shop".to_owned(),
        "postgres://user:<password>@db.shop.jp/shop".to_owned(),
        "postgres://dummy:dummy@localhost/dummy".to_owned(),
        "postgresql://build:build-time-dummy@127.0.0.1:5432/x".to_owned(),
        "http://localhost:3000/a:b@c".to_owned(),
        "file:./dev.db".to_owned(),
        "sqlite:///data/shop.db".to_owned(),
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----".to_owned(),
        "v1.2.3".to_owned(),
        "eyJ.eyJ.x".to_owned(),
        String::new(),
        "日本語の値".to_owned(),
    ];
    for value in values {
        assert_eq!(classify("ANYTHING", Some(&value)), "no", "{value}");
    }
}

#[test]
fn careful_names_with_a_literal_value() {
    let names = [
        "JWT_SECRET",
        "SESSION_SECRET",
        "SECRET_KEY_BASE",
        "ADMIN_PASSWORD",
        "DB_PASS",
        "SMTP_PASS",
        "MYSQL_PWD",
        "CHATWOOT_SDK_TOKEN",
        "STRIPE_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "SSH_PRIVATE_KEY",
        "ENCRYPTION_KEY",
        "RAILS_MASTER_KEY",
        "dbPassword",
        "api-key",
        "NPM_TOKEN",
        "TOKEN_SECRET_PROD",
        "APP_SECRET_2",
        "SERVICE_CREDENTIALS",
        "COOKIE_SECRET",
    ];
    for name in names {
        assert_eq!(classify(name, Some("hunter2-hunter2")), "name", "{name}");
        assert_eq!(classify(name, None), "name", "{name}");
    }
}

#[test]
fn names_of_settings_are_no_secrets() {
    let names = [
        "PASSWORD_MIN_LENGTH",
        "ACCESS_TOKEN_EXPIRES_IN",
        "TOKEN_EXPIRY",
        "JWT_REFRESH_TOKEN_EXPIRATION_TIME",
        "REQUIRE_PASSWORD",
        "ADMIN_PASSWORD_RESET",
        "KEEP_PASSWORD_RESETS_DAYS",
        "SECRET_NAME",
        "API_KEY_ENABLED",
        "STRIPE_PUBLIC_KEY",
        "NEXT_PUBLIC_API_KEY",
        "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY",
        "PUBLIC_TOKEN",
        "VITE_API_KEY",
        "TOKEN_URL",
        "TOKEN_TTL",
        "API_KEY_HEADER",
        "SECRET_FILE",
        "PRIVATE_KEY_PATH",
        "AWS_ACCESS_KEY_ID",
        "SESSION_KEY",
        "CACHE_KEY",
        "KEY",
        "PWD",
        "OLDPWD",
        "BYPASS",
        "MAX_TOKENS",
        "TOKENIZER",
        "SENTRY_DSN",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "SUPABASE_ANON_KEY",
        "MONKEY",
        "PASSENGER_COUNT",
        "",
    ];
    for name in names {
        assert_eq!(classify(name, Some("hunter2-hunter2")), "no", "{name}");
        assert_eq!(classify(name, None), "no", "{name}");
    }
}

#[test]
fn values_that_are_no_secret_clear_a_name() {
    let values = [
        "",
        "true",
        "0",
        "3600",
        "15m",
        "7 days",
        "changeme",
        "xxx",
        "********",
        "<your token>",
        "${API_TOKEN}",
        "$API_TOKEN",
        "$(cat /run/secrets/token)",
        "${{ secrets.API_TOKEN }}",
        "{{ token }}",
        "dummy",
        "test",
        "placeholder",
        "build-time-dummy",
        "secret",
        "unused",
        "/run/secrets/token",
        "./token.txt",
        "https://auth.shop.jp/token",
        "GITHUB_TOKEN",
        "op://vault/shop/token",
        "arn:aws:secretsmanager:ap-northeast-1:1:secret:shop",
        "example-token",
    ];
    for value in values {
        assert_eq!(classify("API_TOKEN", Some(value)), "no", "{value}");
    }
}

#[test]
fn what_is_made_to_be_seen_is_no_secret() {
    let pairs = [
        ("POSTHOG_API_KEY", token("phc_", 43)),
        ("ANALYTICS_API_KEY", token("phc_", 43)),
        ("STRIPE_API_KEY", token("pk_live_", 24)),
        ("STRIPE_API_KEY", token("pk_test_", 24)),
        ("ALGOLIA_SEARCH_API_KEY", token("", 32)),
        ("CLERK_PUBLISHABLE_KEY", token("pk_live_", 24)),
        ("TOKEN", "cl100k_base".to_owned()),
        ("API_TOKEN", "set-by-fly-secrets".to_owned()),
        ("API_TOKEN", "from-fly-secrets".to_owned()),
        ("API_TOKEN", "see secrets".to_owned()),
        ("API_TOKEN", "use secrets".to_owned()),
        ("API_TOKEN", "set this in the dashboard".to_owned()),
        ("API_TOKEN", "see the runbook".to_owned()),
    ];
    for (name, value) in pairs {
        assert_eq!(classify(name, Some(&value)), "no", "{name}={value}");
    }
}

#[test]
fn less_usual_secrets() {
    for (name, value) in [
        ("PGPASSWORD", "hunter2-hunter2"),
        ("POSTHOG_PERSONAL_API_KEY", "hunter2-hunter2"),
        ("MYSQL_PWD", "hunter2-hunter2"),
        ("PASSWORD", "1234567890"),
        ("DB_PASSWORD", "20260102"),
        ("ADMIN_PASSWORD", "correct horse battery staple"),
        ("SESSION_SECRET", "set-4f0a-by-9c2d-env"),
    ] {
        assert_eq!(classify(name, Some(value)), "name", "{name}={value}");
    }
    assert_eq!(classify("API_TOKEN", Some("1234567890")), "no");
    assert_eq!(classify("PASSWORD", Some("3600")), "no");
    let slack = format!("https://hooks.slack.com/services/T0{}/B0{}/{}", "AB12CD3", "EF45GH6", token("", 24));
    let discord = format!("https://discord.com/api/webhooks/123456789012345678/{}", token("", 68));
    for value in [slack, discord, format!("base64:{}=", token("", 43))] {
        assert_eq!(classify("ANYTHING", Some(&value)), "value", "{value}");
    }
    for value in [
        "https://hooks.slack.com/services/TXXXXXXXX/BXXXXXXXX/XXXXXXXXXXXXXXXXXXXXXXXX",
        "https://hooks.slack.com/services/",
        "https://discord.com/api/webhooks/<id>/<token>",
        "base64:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "base64:...",
    ] {
        assert_eq!(classify("ANYTHING", Some(value)), "no", "{value}");
    }
}

#[test]
fn connection_strings_count_by_their_password() {
    assert_eq!(classify("DATABASE_DSN", Some("host=db.shop.jp user=shop password=h4rdT0Guess")), "name");
    assert_eq!(classify("DATABASE_DSN", Some("host=localhost user=shop")), "no");
    assert_eq!(classify("DATABASE_DSN", Some("host=localhost password=postgres")), "no");
    assert_eq!(classify("DATABASE_DSN", None), "name");
    assert_eq!(classify("NEXT_PUBLIC_FIREBASE_API_KEY", Some(&token("AIza", 35))), "no");
}

#[test]
fn hostile_values_are_read_in_time() {
    let values =
        ["sk-".repeat(1_000_000), "://".repeat(1_000_000), "a:b@".repeat(1_000_000), "🐟".repeat(100_000)];
    for value in values {
        assert_ne!(classify("API_TOKEN", Some(&value)), "");
        assert_ne!(classify(&value, Some(&value)), "");
    }
}
