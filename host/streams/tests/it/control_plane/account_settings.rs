//! DescribeAccountSettings and UpdateAccountSettings, and what a commitment opens.

use serde_json::{Value, json};

use crate::support::{HOUR, Host, START, caller, told};

const DESCRIBE: &str = "DescribeAccountSettings";
const UPDATE: &str = "UpdateAccountSettings";
const VALIDATION: &str = "ValidationException";

fn set(status: &str) -> Value {
    json!({"MinimumThroughputBillingCommitment": {"Status": status}})
}

#[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
fn seconds(ms: u64) -> Value {
    json!(ms as f64 / 1000.0)
}

fn shown(status: &str, more: &[(&str, u64)]) -> Value {
    let mut commitment = json!({"Status": status});
    for (member, ms) in more {
        commitment[*member] = seconds(*ms);
    }
    json!({"MinimumThroughputBillingCommitment": commitment})
}

#[tokio::test]
async fn a_commitment_begins_ends_and_is_kept() {
    let host = Host::new().await;
    let (start, end) = (START.0, START.0 + 24 * HOUR);
    let has = |host: &Host| host.service.has_advantage(caller().account, &caller().region);
    assert_eq!(host.call(DESCRIBE, json!({})).await, shown("DISABLED", &[]));
    assert_eq!(host.call(UPDATE, set("DISABLED")).await, shown("DISABLED", &[]));
    assert!(!has(&host));
    let enabled = shown("ENABLED", &[("StartedAt", start), ("EarliestAllowedEndAt", end)]);
    assert_eq!(host.call(UPDATE, set("ENABLED")).await, enabled);
    host.clock.advance(HOUR);
    assert_eq!(host.call(UPDATE, set("ENABLED")).await, enabled);
    let host = host.restart().await;
    assert_eq!(host.call(DESCRIBE, json!({})).await, enabled);
    assert!(has(&host));
    let word = "ENABLED_UNTIL_EARLIEST_ALLOWED_END";
    let ending = shown(word, &[("StartedAt", start), ("EarliestAllowedEndAt", end)]);
    assert_eq!(host.call(UPDATE, set("DISABLED")).await, ending);
    assert!(has(&host));
    let host = host.restart().await;
    host.clock.advance(23 * HOUR);
    let over =
        shown("DISABLED", &[("StartedAt", start), ("EndedAt", end), ("EarliestAllowedEndAt", end)]);
    assert_eq!(host.call(DESCRIBE, json!({})).await, over);
    assert!(!has(&host));
    let mut elsewhere = caller();
    elsewhere.region = "eu-central-1".parse().unwrap();
    assert_eq!(host.answer(&elsewhere, DESCRIBE, "{}").await, Ok(shown("DISABLED", &[])));
}

#[tokio::test]
async fn constraints_are_told_in_the_words_of_aws() {
    let host = Host::new().await;
    let path = "minimumThroughputBillingCommitment";
    host.refuses(UPDATE, json!({}), VALIDATION, &told("null", path, "not be null")).await;
    let path = format!("{path}.status");
    let input = json!({"MinimumThroughputBillingCommitment": {}});
    host.refuses(UPDATE, input, VALIDATION, &told("null", &path, "not be null")).await;
    let message = told("'x'", &path, "satisfy enum value set: [ENABLED, DISABLED]");
    host.refuses(UPDATE, set("x"), VALIDATION, &message).await;
}

#[tokio::test]
async fn settings_in_regions_without_number_are_refused() {
    let host = Host::new().await;
    let body = set("ENABLED").to_string();
    for number in 0..100 {
        let mut caller = caller();
        caller.region = format!("us-east-{number}").parse().unwrap();
        host.answer(&caller, UPDATE, &body).await.unwrap();
    }
    let mut caller = caller();
    caller.region = "eu-central-1".parse().unwrap();
    let refusal = host.answer(&caller, UPDATE, &body).await.unwrap_err();
    assert_eq!(refusal.code, "LimitExceededException");
    caller.region = "us-east-7".parse().unwrap();
    host.answer(&caller, UPDATE, &body).await.unwrap();
}

#[tokio::test]
async fn warm_throughput_is_for_accounts_with_a_commitment() {
    let host = Host::new().await;
    let create = |name: &str, mib: u64| json!({"StreamName": name, "WarmThroughputMiBps": mib});
    let message = "WarmThroughputMiBps is only supported in accounts that have \
                   MinimumThroughputBillingCommitment enabled. Use UpdateAccountSettings to enable it.";
    host.refuses("CreateStream", create("a", 10), VALIDATION, message).await;
    host.call("CreateStream", json!({"StreamName": "cold"})).await;
    let summary = |name: &'static str| {
        let (host, input) = (&host, json!({"StreamName": name}));
        async move {
            host.call("DescribeStreamSummary", input).await["StreamDescriptionSummary"].clone()
        }
    };
    assert_eq!(summary("cold").await.get("WarmThroughput"), None);
    host.call(UPDATE, set("ENABLED")).await;
    host.call("CreateStream", create("a", 10)).await;
    host.call("CreateStream", create("b", 1)).await;
    let warm = |current: u64, target: u64| json!({"CurrentMiBps": current, "TargetMiBps": target});
    assert_eq!(summary("a").await["WarmThroughput"], warm(10, 10));
    assert_eq!(summary("a").await["OpenShardCount"], 10);
    assert_eq!(summary("b").await["WarmThroughput"], warm(4, 1));
    assert_eq!(summary("cold").await["WarmThroughput"], warm(4, 4));
    let message =
        "WarmThroughputMiBps 10241 exceeds the limit of 10240 MiB per second for a stream.";
    host.refuses("CreateStream", create("c", 10_241), "LimitExceededException", message).await;
    let free = Host::unlimited().await;
    free.call("CreateStream", create("a", 12)).await;
}
