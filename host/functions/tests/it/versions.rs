//! Versions and aliases as callers see them.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{
    Answer, FUNCTIONS, Host, MAPPINGS, base64, event, function_arn, new_function, stream_arn,
};

const F: &str = "/2015-03-31/functions/f";
const VERSIONS: &str = "/2015-03-31/functions/f/versions";
const ALIASES: &str = "/2015-03-31/functions/f/aliases";
const INVALID: &str = "InvalidParameterValueException";
const NOT_FOUND: &str = "ResourceNotFoundException";

async fn publish(host: &Host) -> Value {
    host.works("POST", VERSIONS, json!({})).await
}

async fn give_code(host: &Host, word: &str) -> Value {
    host.works("PUT", &format!("{F}/code"), json!({"ZipFile": base64(word)})).await
}

fn alias(name: &str, version: &str) -> Value {
    json!({"Name": name, "FunctionVersion": version})
}

fn weights(version: &str, weight: f64) -> Value {
    json!({"AdditionalVersionWeights": {version: weight}})
}

async fn invoke(host: &Host, name: &str) -> Answer {
    host.invoke(name, &[], &event(&["a"])).await.unwrap()
}

fn executed(answer: &Answer) -> &str {
    answer.headers.get("X-Amz-Executed-Version").unwrap()
}

/// A host with a function of two versions: the first copies, the second emits nothing.
async fn two() -> Host {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    publish(&host).await;
    give_code(&host, "(silent)").await;
    publish(&host).await;
    host
}

#[tokio::test(start_paused = true)]
async fn a_version_keeps_what_the_function_was() {
    let host = Host::new().await;
    let made = host.create("f", "(copy)").await;
    let body = json!({"Description": "the first", "CodeSha256": made["CodeSha256"], "RevisionId": made["RevisionId"]});
    let first = host.send("POST", VERSIONS, body).await.unwrap();
    assert_eq!(first.status, 201);
    let first = first.body;
    assert_eq!((&first["Version"], &first["Description"]), (&json!("1"), &json!("the first")));
    assert_eq!(first["FunctionArn"], function_arn("f:1"));
    assert_ne!(first["RevisionId"], made["RevisionId"]);
    assert_eq!(publish(&host).await, first, "nothing changed");
    give_code(&host, "(silent)").await;
    host.works("PUT", &format!("{F}/configuration"), json!({"Timeout": 9})).await;
    let second = publish(&host).await;
    assert_eq!((&second["Version"], &second["Timeout"]), (&json!("2"), &json!(9)));
    let host = host.restart().await;
    assert_eq!(host.get(&format!("{F}/configuration?Qualifier=1")).await, first);
    let shown = host.get(&format!("{FUNCTIONS}/f:2")).await;
    assert_eq!(shown["Configuration"], second);
    let latest = host.get(&format!("{F}/configuration?Qualifier=%24LATEST")).await;
    assert_eq!(latest["FunctionArn"], function_arn("f:$LATEST"));
    let listed = host.get(VERSIONS).await;
    let versions: Vec<_> = listed["Versions"].as_array().unwrap().iter().collect();
    assert_eq!(versions, [&latest, &first, &second]);
    let answer = invoke(&host, "f:1").await;
    assert_eq!((executed(&answer), answer.body["records"].as_array().unwrap().len()), ("1", 1));
    let answer = invoke(&host, "f?Qualifier=2").await;
    assert_eq!((executed(&answer), answer.body["records"].as_array().unwrap().len()), ("2", 0));
    assert_eq!(executed(&invoke(&host, "f").await), "$LATEST");
    let calls = host.sandbox.calls();
    let editions: HashSet<u64> = calls.iter().map(|call| call.function).collect();
    assert_eq!(editions.len(), 3, "no instance serves two of them");
}

#[tokio::test(start_paused = true)]
async fn a_function_is_published_as_it_is_made_or_changed() {
    let host = Host::new().await;
    let mut new = new_function("f", "(copy)");
    new["Publish"] = true.into();
    let made = host.works("POST", FUNCTIONS, new).await;
    assert_eq!((&made["Version"], &made["FunctionArn"]), (&json!("1"), &json!(function_arn("f"))));
    let code = json!({"ZipFile": base64("(silent)"), "Publish": true});
    let changed = host.works("PUT", &format!("{F}/code"), code.clone()).await;
    assert_eq!(
        (&changed["Version"], &changed["FunctionArn"]),
        (&json!("2"), &json!(function_arn("f:2")))
    );
    let again = host.works("PUT", &format!("{F}/code"), code).await;
    assert_eq!(again, changed, "the code is the same");
    let plain = give_code(&host, "(copy)").await;
    assert_eq!(
        (&plain["Version"], plain["FunctionArn"].as_str()),
        (&json!("$LATEST"), Some(&*function_arn("f")))
    );
    let all = host.get(&format!("{FUNCTIONS}?FunctionVersion=ALL&MaxItems=2")).await;
    let marker = all["NextMarker"].as_str().unwrap();
    let more = host.get(&format!("{FUNCTIONS}?FunctionVersion=ALL&Marker={marker}")).await;
    let pages = [&all, &more].map(|page| page["Functions"].as_array().unwrap().clone()).concat();
    let words: Vec<_> = pages.iter().map(|it| it["Version"].as_str().unwrap()).collect();
    assert_eq!(words, ["$LATEST", "1", "2"]);
    assert!(more.get("NextMarker").is_none());
    assert_eq!(host.get(FUNCTIONS).await["Functions"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_alias_leads_where_it_is_led() {
    let host = two().await;
    let mut body = alias("live", "1");
    body["Description"] = "d".into();
    let made = host.send("POST", ALIASES, body).await.unwrap();
    assert_eq!(made.status, 201);
    let expected = json!({
        "AliasArn": function_arn("f:live"), "Name": "live", "FunctionVersion": "1", "Description": "d",
        "RevisionId": made.body["RevisionId"],
    });
    assert_eq!(made.body, expected);
    let shown = host.get(&format!("{F}?Qualifier=live")).await;
    let shown = &shown["Configuration"];
    assert_eq!(
        (&shown["FunctionArn"], &shown["Version"]),
        (&json!(function_arn("f:live")), &json!("1"))
    );
    assert_eq!(executed(&invoke(&host, "f:live").await), "1");
    let update = json!({"FunctionVersion": "2", "RevisionId": made.body["RevisionId"]});
    let updated = host.works("PUT", &format!("{ALIASES}/live"), update.clone()).await;
    assert_eq!((&updated["FunctionVersion"], &updated["Description"]), (&json!("2"), &json!("d")));
    let told = host.refused("PUT", &format!("{ALIASES}/live"), update).await;
    assert_eq!((told.status, &*told.code), (412, "PreconditionFailedException"));
    let host = host.restart().await;
    assert_eq!(host.get(&format!("{ALIASES}/live")).await, updated);
    assert_eq!(executed(&invoke(&host, "f:live").await), "2");
    host.works("POST", ALIASES, alias("head", "$LATEST")).await;
    assert_eq!(executed(&invoke(&host, "f:head").await), "$LATEST");
    let page = host.get(&format!("{ALIASES}?MaxItems=1")).await;
    let marker = page["NextMarker"].as_str().unwrap();
    let rest = host.get(&format!("{ALIASES}?Marker={marker}")).await;
    let names = |page: &Value| {
        let aliases = page["Aliases"].as_array().unwrap().iter();
        aliases.map(|it| it["Name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((names(&page), names(&rest)), (vec!["head".to_owned()], vec!["live".to_owned()]));
    assert_eq!(names(&host.get(&format!("{ALIASES}?FunctionVersion=2")).await), ["live"]);
    assert_eq!(
        names(&host.get(&format!("{ALIASES}?FunctionVersion=1")).await),
        Vec::<String>::new()
    );
    let gone = host.send("DELETE", &format!("{ALIASES}/live"), Value::Null).await.unwrap();
    assert_eq!(gone.status, 204);
    host.works("DELETE", &format!("{ALIASES}/live"), Value::Null).await;
    let told = host.refused("GET", &format!("{ALIASES}/live"), Value::Null).await;
    let expected = format!("Cannot find alias arn: {}", function_arn("f:live"));
    assert_eq!((told.status, told.message), (404, expected));
}

#[tokio::test(start_paused = true)]
async fn weights_divide_the_calls_of_an_alias() {
    let host = two().await;
    let mut body = alias("live", "1");
    body["RoutingConfig"] = weights("2", 0.5);
    let made = host.works("POST", ALIASES, body).await;
    assert_eq!(made["RoutingConfig"], weights("2", 0.5));
    let mut second = 0;
    for _ in 0..100 {
        second += u32::from(executed(&invoke(&host, "f:live").await) == "2");
    }
    assert!((20..=80).contains(&second), "{second} of 100");
    let shown = host.get(&format!("{F}/configuration?Qualifier=live")).await;
    assert_eq!(shown["Version"], "1", "it is told what is the alias's own");
    let host = host.restart().await;
    assert_eq!(host.get(&format!("{ALIASES}/live")).await, made);
    let update = json!({"RoutingConfig": {"AdditionalVersionWeights": {}}});
    let plain = host.works("PUT", &format!("{ALIASES}/live"), update).await;
    assert!(plain.get("RoutingConfig").is_none(), "{plain}");
    for _ in 0..20 {
        assert_eq!(executed(&invoke(&host, "f:live").await), "1");
    }
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_told() {
    let host = two().await;
    host.works("POST", ALIASES, alias("live", "1")).await;
    let routed = |version: &str, routing: Value| json!({"Name": "more", "FunctionVersion": version, "RoutingConfig": routing});
    let two = json!({"AdditionalVersionWeights": {"1": 0.1, "2": 0.1}});
    let validation = "ValidationException";
    for (body, status, code, text) in [
        (alias("live", "2"), 409, "ResourceConflictException", "Alias already exists: arn:aws"),
        (alias("more", "7"), 404, NOT_FOUND, ":function:f:7"),
        (alias("12", "1"), 400, validation, "at 'name'"),
        (alias("more", "live"), 400, validation, "at 'functionVersion'"),
        (json!({"Name": "more"}), 400, validation, "at 'functionVersion'"),
        (routed("1", weights("1", 0.5)), 400, INVALID, "already included in routing"),
        (routed("1", weights("7", 0.5)), 404, NOT_FOUND, ":function:f:7"),
        (routed("$LATEST", weights("1", 0.5)), 400, INVALID, "$LATEST is not supported"),
        (routed("1", two), 400, INVALID, "cannot be greater than 1"),
        (routed("1", weights("2", 1.5)), 400, validation, "less than or equal to 1.0"),
        (routed("1", weights("live", 0.5)), 400, validation, "[0-9]+"),
    ] {
        let told = host.refused("POST", ALIASES, body.clone()).await;
        assert_eq!((told.status, &*told.code), (status, code), "{body}: {}", told.message);
        assert!(told.message.contains(text), "{}", told.message);
    }
    for (body, status, code, text) in [
        (json!({"CodeSha256": "x"}), 400, INVALID, "CodeSHA256 (x) is different"),
        (json!({"RevisionId": "x"}), 412, "PreconditionFailedException", "GetFunction/GetAlias"),
        (json!({"PublishTo": "LATEST_PUBLISHED"}), 400, INVALID, "PublishTo is not supported"),
    ] {
        let told = host.refused("POST", VERSIONS, body.clone()).await;
        assert_eq!((told.status, &*told.code), (status, code), "{body}: {}", told.message);
        assert!(told.message.contains(text), "{}", told.message);
    }
    for (qualifier, status, code, text) in [
        ("%24LATEST", 400, INVALID, "$LATEST version cannot be deleted"),
        ("live", 400, INVALID, "Deletion of aliases"),
        ("7", 404, NOT_FOUND, ":function:f:7"),
        ("1", 409, "ResourceConflictException", "the following aliases reference it: [live]"),
    ] {
        let path = format!("{F}?Qualifier={qualifier}");
        let told = host.refused("DELETE", &path, Value::Null).await;
        assert_eq!((told.status, &*told.code), (status, code), "{qualifier}: {}", told.message);
        assert!(told.message.contains(text), "{}", told.message);
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_goes_alone_and_its_number_does_not_come_again() {
    let host = two().await;
    host.works("DELETE", &format!("{F}?Qualifier=2"), Value::Null).await;
    assert_eq!(host.invoke("f:2", &[], &event(&[])).await.unwrap_err().code, NOT_FOUND);
    let host = host.restart().await;
    assert_eq!(publish(&host).await["Version"], "3");
    host.works("DELETE", F, Value::Null).await;
    host.create("f", "(copy)").await;
    let listed = host.get(VERSIONS).await;
    assert_eq!(listed["Versions"].as_array().unwrap().len(), 1, "{listed}");
    let host = host.restart().await;
    assert_eq!(host.refused("GET", &format!("{ALIASES}/live"), Value::Null).await.status, 404);
    assert_eq!(publish(&host).await["Version"], "1", "it is another function");
}

#[tokio::test(start_paused = true)]
async fn the_code_of_versions_is_kept_and_counted() {
    let host = two().await;
    let settings = "/2016-08-19/account-settings";
    let usage = host.get(settings).await["AccountUsage"].clone();
    let bytes = ("(copy)".len() + 2 * "(silent)".len()) as u64;
    assert_eq!(usage, json!({"TotalCodeSize": bytes, "FunctionCount": 1}));
    give_code(&host, "(pass)").await;
    host.service.sweep().await;
    let host = host.restart().await;
    assert_eq!(executed(&invoke(&host, "f:1").await), "1");
    host.works("DELETE", &format!("{F}?Qualifier=1"), Value::Null).await;
    host.service.sweep().await;
    let left = host.get(settings).await["AccountUsage"]["TotalCodeSize"].as_u64();
    assert_eq!(left, Some(("(silent)".len() + "(pass)".len()) as u64));
}

#[tokio::test(start_paused = true)]
async fn a_mapping_hands_its_batches_to_what_its_alias_leads_to() {
    let host = Host::new().await;
    host.create_stream("s").await;
    host.create_stream("out").await;
    host.create("f", "(copy)").await;
    publish(&host).await;
    give_code(&host, "(to out)").await;
    publish(&host).await;
    host.works("POST", ALIASES, alias("live", "1")).await;
    let body = |function: &str| {
        json!({
            "FunctionName": function, "EventSourceArn": stream_arn("s"), "StartingPosition": "TRIM_HORIZON",
            "DestinationConfig": {"OnSuccess": {"Destination": stream_arn("out")}},
        })
    };
    assert_eq!(host.refused("POST", MAPPINGS, body("f:absent")).await.code, NOT_FOUND);
    let made = host.works("POST", MAPPINGS, body("f:live")).await;
    assert_eq!(made["FunctionArn"], function_arn("f:live"));
    let told = host.refused("POST", MAPPINGS, body(&function_arn("f:live"))).await;
    assert_eq!(told.code, "ResourceConflictException");
    let listed = |name: &'static str| format!("{MAPPINGS}?FunctionName={name}");
    for (name, count) in [("f:live", 1), ("f", 1), ("f:1", 0), ("f:$LATEST", 0)] {
        let found = host.get(&listed(name)).await;
        assert_eq!(found["EventSourceMappings"].as_array().unwrap().len(), count, "{name}");
    }
    host.put("s", "one").await;
    host.holds("out", 1).await;
    host.works("PUT", &format!("{ALIASES}/live"), json!({"FunctionVersion": "2"})).await;
    host.put("s", "two").await;
    host.holds("out", 2).await;
    let calls = host.sandbox.calls();
    assert_ne!(calls[0].component, calls[1].component, "the second batch met the second version");
    let host = host.restart().await;
    host.put("s", "three").await;
    assert_eq!(host.holds("out", 3).await, ["one", "two", "three"]);
    assert_eq!(host.sandbox.calls()[0].component, calls[1].component);
    let path = format!("{MAPPINGS}/{}", made["UUID"].as_str().unwrap());
    let moved = host.works("PUT", &path, json!({"FunctionName": "f:$LATEST"})).await;
    assert_eq!(moved["FunctionArn"], function_arn("f"));
}

#[tokio::test(start_paused = true)]
async fn versions_and_aliases_have_policies_of_their_own() {
    let host = two().await;
    host.works("POST", ALIASES, alias("live", "1")).await;
    let permission =
        json!({"StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "999999999999"});
    for qualifier in ["1", "live"] {
        let path = format!("{F}/policy?Qualifier={qualifier}");
        let added = host.works("POST", &path, permission.clone()).await;
        let arn = function_arn(&format!("f:{qualifier}"));
        assert!(added["Statement"].as_str().unwrap().contains(&format!("\"Resource\":\"{arn}\"")));
    }
    let host = host.restart().await;
    assert_eq!(host.refused("GET", &format!("{F}/policy"), Value::Null).await.status, 404);
    let shown = host.get(&format!("{F}/policy?Qualifier=live")).await;
    let live = host.get(&format!("{ALIASES}/live")).await;
    assert_eq!(shown["RevisionId"], live["RevisionId"]);
    let shown = host.get(&format!("{F}/policy?Qualifier=1")).await;
    let first = host.get(&format!("{F}/configuration?Qualifier=1")).await;
    assert_eq!(shown["RevisionId"], first["RevisionId"]);
    // With what they hang on, they go.
    host.works("DELETE", &format!("{ALIASES}/live"), Value::Null).await;
    host.works("POST", ALIASES, alias("live", "2")).await;
    let host = host.restart().await;
    let told = host.refused("GET", &format!("{F}/policy?Qualifier=live"), Value::Null).await;
    assert_eq!(told.status, 404);
    host.works("DELETE", &format!("{F}/policy/a?Qualifier=1"), Value::Null).await;
    assert_eq!(
        host.refused("GET", &format!("{F}/policy?Qualifier=1"), Value::Null).await.status,
        404
    );
}
