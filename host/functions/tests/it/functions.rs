//! Making, showing, changing and deleting functions.

use serde_json::{Value, json};
use storage::{Blob as _, Digest};

use crate::support::{
    ACCOUNT, FUNCTIONS, Host, REGION, ROLE, Refusal, base64, function_arn, merge, new_function,
};

const INVALID: &str = "InvalidParameterValueException";

fn refusal(status: u16, code: &str, message: impl Into<String>) -> Refusal {
    Refusal { status, code: code.to_owned(), message: message.into() }
}

fn with(more: Value) -> Value {
    let mut input = new_function("f", "(copy)");
    merge(&mut input, more);
    input
}

#[tokio::test(start_paused = true)]
async fn a_function_is_told_as_on_aws() {
    let host = Host::new().await;
    let input = with(json!({
        "Runtime": "provided.al2023", "Handler": "index.handler", "Description": "d", "Timeout": 900,
        "MemorySize": 10240, "Environment": {"Variables": {"B": "2", "AA": "1"}}, "Architectures": ["arm64"],
        "PackageType": "Zip", "Publish": false, "Tags": {"k": "v"}, "Layers": [], "TracingConfig": {"Mode": "PassThrough"},
        "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}, "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None"}, "LoggingConfig": {"LogFormat": "Text"},
    }));
    // Variables have two characters at least.
    let mut bad = input.clone();
    bad["Environment"]["Variables"] = json!({"B": "2"});
    let told = host.refused("POST", FUNCTIONS, bad).await;
    assert_eq!(told.code, "ValidationException");
    let mut input = input;
    input["Environment"]["Variables"] = json!({"BB": "2", "AA": "1"});
    let created = host.send("POST", FUNCTIONS, input).await.unwrap();
    assert_eq!(created.status, 201);
    let told = created.body;
    let revision = told["RevisionId"].as_str().unwrap();
    assert_eq!(revision.len(), 36);
    let expected = json!({
        "FunctionName": "f", "FunctionArn": function_arn("f"), "Runtime": "provided.al2023", "Role": ROLE,
        "Handler": "index.handler", "CodeSize": 6, "Description": "d", "Timeout": 900, "MemorySize": 10240,
        "LastModified": "2026-09-22T09:06:40.000+0000", "CodeSha256": "eA3BmU1QJBGMnWBjVKUefgKNJncptsfNyfRagH3fO4E=", "Version": "$LATEST",
        "Environment": {"Variables": {"AA": "1", "BB": "2"}}, "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": revision, "State": "Active", "LastUpdateStatus": "Successful", "PackageType": "Zip",
        "Architectures": ["arm64"], "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
    });
    assert_eq!(told, expected);
    assert_eq!(host.get(&format!("{FUNCTIONS}/f/configuration")).await, expected);
    let mut qualified = expected.clone();
    qualified["FunctionArn"] = function_arn("f:$LATEST").into();
    for path in ["f/configuration?Qualifier=%24LATEST", "f%3A%24LATEST/configuration"] {
        assert_eq!(host.get(&format!("{FUNCTIONS}/{path}")).await, qualified, "{path}");
    }
    let by_arn = function_arn("f").replace(':', "%3A");
    let shown = host.get(&format!("{FUNCTIONS}/{by_arn}")).await;
    assert_eq!(shown["Configuration"], expected);
    assert_eq!(shown["Tags"], json!({"k": "v"}));
    assert_eq!(shown["Code"]["RepositoryType"], "Shardmill");
    let digest = Digest::of(b"packed (copy)");
    assert_eq!(shown["Code"]["Location"], format!("shardmill:component/{digest}"));
    assert_eq!(host.memory.get_blob(digest).await.unwrap(), "packed (copy)");
}

#[tokio::test(start_paused = true)]
async fn defaults_are_those_of_aws() {
    let host = Host::new().await;
    let told = host.create("f", "(copy)").await;
    assert_eq!((&told["Timeout"], &told["MemorySize"]), (&json!(3), &json!(128)));
    assert_eq!((&told["Description"], &told["Architectures"]), (&json!(""), &json!(["x86_64"])));
    for absent in ["Runtime", "Handler", "Environment"] {
        assert_eq!(told.get(absent), None, "{absent}");
    }
}

#[tokio::test(start_paused = true)]
async fn names_are_told_as_on_aws() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    let taken = host.refused("POST", FUNCTIONS, new_function("f", "(copy)")).await;
    assert_eq!(taken, refusal(409, "ResourceConflictException", "Function already exist: f"));
    let not_found = "ResourceNotFoundException";
    for (name, told) in [
        ("g", format!("Function not found: {}", function_arn("g"))),
        ("f:7", format!("Function not found: {}:7", function_arn("f"))),
        ("f?Qualifier=live", format!("Function not found: {}:live", function_arn("f"))),
        ("a.b", format!("Function not found: {}", function_arn("a.b"))),
        (
            "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')".to_owned(),
        ),
    ] {
        let path = format!("{FUNCTIONS}/{name}");
        assert_eq!(host.refused("GET", &path, Value::Null).await, refusal(404, not_found, told));
    }
    let path = format!("{FUNCTIONS}/f%3A1?Qualifier=2");
    let told =
        "The derived qualifier from the function name does not match the specified qualifier.";
    assert_eq!(host.refused("GET", &path, Value::Null).await, refusal(400, INVALID, told));
    let told = host.refused("GET", &format!("{FUNCTIONS}/a%20b"), Value::Null).await;
    assert_eq!(told.code, "ValidationException");
    assert!(told.message.starts_with(
        "1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: (arn:(aws"
    ));
    let long = new_function(&"x".repeat(65), "(copy)");
    let told = host.refused("POST", FUNCTIONS, long).await;
    assert_eq!((told.status, &*told.code), (400, "ValidationException"));
    let partial = new_function(&format!("{ACCOUNT}:function:g"), "(copy)");
    assert_eq!(host.works("POST", FUNCTIONS, partial).await["FunctionName"], "g");
    let qualified = new_function("h:1", "(copy)");
    assert_eq!(host.refused("POST", FUNCTIONS, qualified).await.code, INVALID);
}

#[tokio::test(start_paused = true)]
async fn members_are_checked_with_the_model_s_sentences() {
    let host = Host::new().await;
    for (more, path) in [
        (json!({"Role": "r"}), "role"),
        (json!({"Role": null}), "role"),
        (json!({"Code": null}), "code"),
        (json!({"Timeout": 0}), "timeout"),
        (json!({"Timeout": 901}), "timeout"),
        (json!({"MemorySize": 127}), "memorySize"),
        (json!({"MemorySize": 10241}), "memorySize"),
        (json!({"Handler": "a b"}), "handler"),
        (json!({"Description": "x".repeat(257)}), "description"),
        (json!({"PackageType": "Tar"}), "packageType"),
        (json!({"Architectures": []}), "architectures"),
        (json!({"Architectures": ["mips"]}), "architectures.1.member"),
        (json!({"Environment": {"Variables": {"1A": "secret"}}}), "environment.variables"),
        (json!({"TracingConfig": {"Mode": "x"}}), "tracingConfig.mode"),
        (json!({"EphemeralStorage": {}}), "ephemeralStorage.size"),
    ] {
        let told = host.refused("POST", FUNCTIONS, with(more.clone())).await;
        assert_eq!((told.status, &*told.code), (400, "ValidationException"), "{more}");
        assert!(told.message.contains(&format!(" at '{path}' failed")), "{more}: {}", told.message);
        assert!(!told.message.contains("secret"), "{}", told.message);
    }
    let told = host.refused("POST", FUNCTIONS, with(json!({"Timeout": 901}))).await;
    assert_eq!(
        told.message,
        "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value \
         less than or equal to 900"
    );
    let told = host.refused("POST", FUNCTIONS, with(json!({"Timeout": "3"}))).await;
    assert_eq!(told.code, "SerializationException");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_here_is_refused_by_name() {
    let host = Host::new().await;
    for (more, member) in [
        (json!({"Code": {"S3Bucket": "bucket", "S3Key": "key"}}), "Code in S3"),
        (json!({"Code": {"ImageUri": "x"}}), "ImageUri"),
        (json!({"PublishTo": "LATEST_PUBLISHED"}), "PublishTo"),
        (json!({"PackageType": "Image"}), "PackageType Image"),
        (json!({"VpcConfig": {"SubnetIds": ["s"]}}), "VpcConfig"),
        (json!({"Layers": ["arn"]}), "Layers"),
        (json!({"DeadLetterConfig": {"TargetArn": "x"}}), "DeadLetterConfig"),
        (json!({"KMSKeyArn": "arn:aws:kms:x"}), "KMSKeyArn"),
        (json!({"TracingConfig": {"Mode": "Active"}}), "TracingConfig.Mode Active"),
        (json!({"SnapStart": {"ApplyOn": "PublishedVersions"}}), "SnapStart"),
        (json!({"EphemeralStorage": {"Size": 1024}}), "EphemeralStorage"),
        (json!({"LoggingConfig": {"LogFormat": "JSON"}}), "LoggingConfig"),
        (json!({"FileSystemConfigs": [{"Arn": "x"}]}), "FileSystemConfigs"),
        (json!({"Runtime": "java21"}), "The runtime parameter of java21"),
    ] {
        let told = host.refused("POST", FUNCTIONS, with(more.clone())).await;
        assert_eq!((told.status, &*told.code), (400, INVALID), "{more}");
        assert!(told.message.starts_with(member), "{more}: {}", told.message);
        assert!(told.message.contains(" not supported by this server: "), "{}", told.message);
    }
    let runtime = "nodejs22.x";
    let told = host.refused("POST", FUNCTIONS, with(json!({"Runtime": runtime}))).await;
    let text = "Runtime and Handler are mandatory parameters for functions created with deployment packages.";
    assert_eq!((told.status, &*told.code, &*told.message), (400, INVALID, text));
    let both = json!({"Runtime": runtime, "Handler": "index.handler"});
    let told = host.refused("POST", FUNCTIONS, with(both)).await;
    assert!(told.message.starts_with("This server has no interpreter for JavaScript"), "{told:?}");
    assert_eq!(host.get(FUNCTIONS).await, json!({"Functions": []}));
}

#[tokio::test(start_paused = true)]
async fn environments_are_bounded() {
    let host = Host::new().await;
    let variables = |value: Value| with(json!({"Environment": {"Variables": value}}));
    let told = host.refused("POST", FUNCTIONS, variables(json!({"AWS_REGION": "x"}))).await;
    assert!(told.message.ends_with("Reserved keys used in this request: AWS_REGION"), "{told:?}");
    let told = host.refused("POST", FUNCTIONS, variables(json!({"AA": "x".repeat(4096)}))).await;
    assert!(told.message.contains("exceeded the 4KB limit"), "{told:?}");
    let wrong = variables(json!({"SHARDMILL_AGGREGATED": "no"}));
    let told = host.refused("POST", FUNCTIONS, wrong).await;
    assert_eq!(told, refusal(400, INVALID, "SHARDMILL_AGGREGATED must be split, all or whole: no"));
    let most = json!({"AA": "x".repeat(4096 - 9)});
    host.works("POST", FUNCTIONS, variables(most)).await;
}

#[tokio::test(start_paused = true)]
async fn code_that_cannot_run_is_refused_with_its_reason() {
    let host = Host::new().await;
    let told = host.refused("POST", FUNCTIONS, new_function("f", "(unfit)")).await;
    assert_eq!(told, refusal(400, INVALID, "import `x` is not known"));
    let told = host.refused("POST", FUNCTIONS, new_function("f", "(busy)")).await;
    assert_eq!((told.status, &*told.code), (500, "ServiceException"));
    let told = host.refused("POST", FUNCTIONS, new_function("f", "hello")).await;
    assert!(told.message.starts_with(
        "Could not unzip uploaded file. Please check your file, then try to upload again."
    ));
    for code in [json!({}), json!({"ZipFile": null})] {
        let told = host.refused("POST", FUNCTIONS, with(json!({"Code": code}))).await;
        assert_eq!(told, refusal(400, INVALID, "Please provide a source for function code."));
    }
    let told = host.refused("POST", FUNCTIONS, with(json!({"Code": {"ZipFile": "?"}}))).await;
    assert_eq!(told.code, "SerializationException");
    assert_eq!(host.get(FUNCTIONS).await, json!({"Functions": []}));
}

#[tokio::test(start_paused = true)]
async fn code_and_configuration_change_one_by_one() {
    let host = Host::new().await;
    let before = host.create("f", "(copy)").await;
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    let code = format!("{FUNCTIONS}/f/code");
    let dry = json!({"ZipFile": base64("(drop)"), "DryRun": true});
    let tried = host.works("PUT", &code, dry).await;
    assert_ne!(tried["CodeSha256"], before["CodeSha256"]);
    let stored = host.memory.list_blobs().await.unwrap();
    assert_eq!(stored.len(), 1, "what was tried is not stored");
    assert_eq!(host.get(&format!("{FUNCTIONS}/f/configuration")).await, before);
    let told =
        host.refused("PUT", &code, json!({"ZipFile": base64("(unfit)"), "DryRun": true})).await;
    assert_eq!(told.message, "import `x` is not known");
    let changed = json!({"ZipFile": base64("(drop)"), "RevisionId": before["RevisionId"]});
    let after = host.works("PUT", &code, changed.clone()).await;
    assert_eq!(after["CodeSha256"], tried["CodeSha256"]);
    assert_ne!(after["RevisionId"], before["RevisionId"]);
    assert_eq!(after["LastModified"], "2026-09-22T09:06:41.000+0000");
    let told = host.refused("PUT", &code, changed).await;
    assert_eq!((told.status, &*told.code), (412, "PreconditionFailedException"));
    let configuration = format!("{FUNCTIONS}/f/configuration");
    let change = json!({"Timeout": 60, "Environment": {"Variables": {"AA": "1"}}, "RevisionId": after["RevisionId"]});
    let last = host.works("PUT", &configuration, change.clone()).await;
    assert_eq!((&last["Timeout"], &last["MemorySize"]), (&json!(60), &json!(128)));
    assert_eq!(last["CodeSha256"], after["CodeSha256"]);
    let told = host.refused("PUT", &configuration, change).await;
    assert_eq!((told.status, &*told.code), (412, "PreconditionFailedException"));
    let last =
        host.works("PUT", &configuration, json!({"Environment": {}, "Description": "d"})).await;
    assert_eq!((last.get("Environment"), &last["Timeout"]), (None, &json!(60)));
    for path in ["f%3A%24LATEST/code", "f%3A1/configuration"] {
        let told = host.refused("PUT", &format!("{FUNCTIONS}/{path}"), json!({})).await;
        assert!(told.message.starts_with("This operation is permitted on Lambda functions only."));
    }
    let told =
        host.refused("PUT", &format!("{FUNCTIONS}/g/code"), json!({"ZipFile": "AA=="})).await;
    assert_eq!(told.status, 404);
}

#[tokio::test(start_paused = true)]
async fn functions_are_listed_in_pages() {
    let host = Host::new().await;
    for name in ["c", "a", "b"] {
        host.create(name, "(copy)").await;
    }
    let names = |page: &Value| -> Vec<String> {
        let functions = page["Functions"].as_array().unwrap().iter();
        functions.map(|it| it["FunctionName"].as_str().unwrap().to_owned()).collect()
    };
    let page =
        host.get(&format!("{FUNCTIONS}?MaxItems=2&FunctionVersion=ALL&MasterRegion=ALL")).await;
    assert_eq!(names(&page), ["a", "b"]);
    let marker = page["NextMarker"].as_str().unwrap().replace('+', "%2B").replace('/', "%2F");
    let page = host.get(&format!("{FUNCTIONS}?Marker={marker}")).await;
    assert_eq!(names(&page), ["c"]);
    assert_eq!(page.get("NextMarker"), None);
    let told = host.refused("GET", &format!("{FUNCTIONS}?Marker=x"), Value::Null).await;
    assert_eq!(told.code, INVALID);
    for bad in ["MaxItems=0", "MaxItems=10001", "FunctionVersion=x"] {
        let told = host.refused("GET", &format!("{FUNCTIONS}?{bad}"), Value::Null).await;
        assert_eq!(told.code, "ValidationException", "{bad}");
    }
    let mut elsewhere = crate::support::caller();
    elsewhere.region = "eu-west-1".parse().unwrap();
    let asked = crate::support::Asked {
        method: "GET",
        path: FUNCTIONS.to_owned(),
        headers: Vec::new(),
        body: bytes::Bytes::new(),
    };
    let page = host.ask(&crate::support::AllowAll, &elsewhere, asked).await.unwrap();
    assert_eq!(page.body, json!({"Functions": []}), "not of {REGION}");
}

#[tokio::test(start_paused = true)]
async fn a_function_goes_with_its_log_and_its_component() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    host.create("g", "(copy)").await;
    let told =
        host.refused("DELETE", &format!("{FUNCTIONS}/f?Qualifier=%24LATEST"), Value::Null).await;
    assert_eq!(
        told,
        refusal(400, INVALID, "$LATEST version cannot be deleted without deleting the function.")
    );
    let deleted = host.send("DELETE", &format!("{FUNCTIONS}/f"), Value::Null).await.unwrap();
    assert_eq!((deleted.status, deleted.body), (204, Value::Null));
    assert_eq!(host.refused("GET", &format!("{FUNCTIONS}/f"), Value::Null).await.status, 404);
    assert_eq!(host.refused("DELETE", &format!("{FUNCTIONS}/f"), Value::Null).await.status, 404);
    let component = Digest::of(b"packed (copy)");
    host.service.sweep().await;
    assert_eq!(host.memory.list_blobs().await.unwrap(), [component], "g has the same code");
    host.works("DELETE", &format!("{FUNCTIONS}/g"), Value::Null).await;
    let other = host.memory.put_blob("of somebody else".into()).await.unwrap();
    host.service.sweep().await;
    assert_eq!(host.memory.list_blobs().await.unwrap(), [other]);
    // The name is free, and the function another one.
    host.create("f", "(copy)").await;
    assert!(host.memory.get_blob(component).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn functions_outlive_a_restart() {
    let host = Host::new().await;
    let before = host.create("f", "(copy)").await;
    let host = host.restart().await;
    assert_eq!(host.get(&format!("{FUNCTIONS}/f/configuration")).await, before);
    host.works("PUT", &format!("{FUNCTIONS}/f/configuration"), json!({"Timeout": 5})).await;
}
