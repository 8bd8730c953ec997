//! How functions want to be called asynchronously.

use serde_json::{Value, json};

use crate::events::CONFIGS;
use crate::support::{Host, Refusal, function_arn, stream_arn};

fn path(name: &str) -> String {
    format!("{CONFIGS}/{name}/event-invoke-config")
}

async fn host() -> Host {
    let host = Host::new().await;
    host.create("f", "(handler echo)").await;
    host.create("g", "(handler echo)").await;
    host.create_stream("s").await;
    host
}

fn refusal(refusal: Refusal) -> (u16, String, String) {
    (refusal.status, refusal.code, refusal.message)
}

#[tokio::test(start_paused = true)]
async fn a_configuration_is_put_changed_listed_and_deleted() {
    let host = host().await;
    let missing = host.refused("POST", &path("f"), json!({"MaximumRetryAttempts": 1})).await;
    let text =
        format!("The function {}:$LATEST doesn't have an EventInvokeConfig", function_arn("f"));
    assert_eq!(refusal(missing), (404, "ResourceNotFoundException".to_owned(), text));
    let config = json!({
        "MaximumRetryAttempts": 1,
        "DestinationConfig": {"OnFailure": {"Destination": stream_arn("s")}},
    });
    let put = host.works("PUT", &path("f"), config).await;
    assert_eq!(put["FunctionArn"], format!("{}:$LATEST", function_arn("f")));
    assert_eq!(put["MaximumRetryAttempts"], 1);
    assert_eq!(put.get("MaximumEventAgeInSeconds"), None);
    let destinations = json!({"OnSuccess": {}, "OnFailure": {"Destination": stream_arn("s")}});
    assert_eq!(put["DestinationConfig"], destinations);
    assert_eq!(put["LastModified"], 1_790_068_000.0);

    let more = json!({"MaximumEventAgeInSeconds": 60});
    let updated = host.works("POST", &path("f"), more.clone()).await;
    assert_eq!(
        (&updated["MaximumRetryAttempts"], &updated["MaximumEventAgeInSeconds"]),
        (&json!(1), &json!(60))
    );
    assert_eq!(updated["DestinationConfig"], destinations);
    assert_eq!(host.works("GET", &path("f"), Value::Null).await, updated);
    let put = host.works("PUT", &path("f"), more).await;
    assert_eq!(put.get("MaximumRetryAttempts"), None, "all of it is new");

    host.works("POST", "/2015-03-31/functions/f/versions", json!({})).await;
    let alias = json!({"Name": "live", "FunctionVersion": "1"});
    host.works("POST", "/2015-03-31/functions/f/aliases", alias).await;
    let next = json!({"DestinationConfig": {"OnSuccess": {"Destination": function_arn("g")}}});
    for qualifier in ["1", "live"] {
        host.works("PUT", &format!("{}?Qualifier={qualifier}", path("f")), next.clone()).await;
    }
    let host = host.restart().await;
    let list = format!("{}/list?MaxItems=2", path("f"));
    let first = host.works("GET", &list, Value::Null).await;
    let arns = |page: &Value| -> Vec<String> {
        let configs = page["FunctionEventInvokeConfigs"].as_array().unwrap().iter();
        configs
            .map(|it| it["FunctionArn"].as_str().unwrap().rsplit(':').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(arns(&first), ["$LATEST", "1"]);
    let marker = first["NextMarker"].as_str().unwrap().replace('+', "%2B").replace('=', "%3D");
    let second = host.works("GET", &format!("{list}&Marker={marker}"), Value::Null).await;
    assert_eq!(arns(&second), ["live"]);
    assert_eq!(second.get("NextMarker"), None);

    host.works("DELETE", "/2015-03-31/functions/f/aliases/live", Value::Null).await;
    host.service.sweep().await;
    let alias = json!({"Name": "live", "FunctionVersion": "1"});
    host.works("POST", "/2015-03-31/functions/f/aliases", alias).await;
    let live = format!("{}?Qualifier=live", path("f"));
    let gone = host.refused("GET", &live, Value::Null).await;
    let text = format!("The function {}:live doesn't have an EventInvokeConfig", function_arn("f"));
    let absent = (404, "ResourceNotFoundException".to_owned(), text);
    assert_eq!(refusal(gone), absent, "what was said of an alias goes with it");
    host.works("DELETE", &path("f"), Value::Null).await;
    assert_eq!(host.refused("DELETE", &path("f"), Value::Null).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_refused() {
    let host = host().await;
    let nothing = host.refused("PUT", &path("f"), json!({})).await;
    let text = "You must specify at least one of error handling or destination setting.";
    assert_eq!(
        refusal(nothing),
        (400, "InvalidParameterValueException".to_owned(), text.to_owned())
    );
    let to = |place: &str| json!({"DestinationConfig": {"OnFailure": {"Destination": place}}});
    let itself = host.refused("PUT", &path("f"), to(&function_arn("f"))).await;
    assert_eq!(itself.message, "You can't specify the function as a destination for itself.");
    for place in [
        function_arn("absent"),
        stream_arn("absent"),
        "arn:aws:sqs:us-east-1:123456789012:q".to_owned(),
        "arn:aws:lambda:us-east-1:210987654321:function:g".to_owned(),
    ] {
        let refused = host.refused("PUT", &path("f"), to(&place)).await;
        assert_eq!((refused.status, &*refused.code), (400, "InvalidParameterValueException"));
        assert!(refused.message.ends_with(&place), "{}", refused.message);
    }
    for wrong in [
        json!({"MaximumRetryAttempts": 3}),
        json!({"MaximumRetryAttempts": -1}),
        json!({"MaximumEventAgeInSeconds": 59}),
        json!({"MaximumEventAgeInSeconds": 21_601}),
        to("queue"),
    ] {
        let refused = host.refused("PUT", &path("f"), wrong).await;
        assert_eq!((refused.status, &*refused.code), (400, "ValidationException"), "{refused:?}");
    }
    assert_eq!(
        host.refused("PUT", &path("absent"), json!({"MaximumRetryAttempts": 1})).await.status,
        404
    );
    let absent = format!("{}?Qualifier=7", path("f"));
    assert_eq!(host.refused("PUT", &absent, json!({"MaximumRetryAttempts": 1})).await.status, 404);
}
