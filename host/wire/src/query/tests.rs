//! Forms as members, members as XML, and what is refused.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;
use crate::protocol::Protocol;
use crate::shape::{Blob, BlobOut, Double, Flag, Int, List, Map, Moment, Structure, Text};
use crate::testing;

const FORM: Form = Form { version: "2010-08-01", namespace: "http://example.com/" };

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Outer<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    number: Option<Int>,
    ratio: Option<Double>,
    flag: Option<Flag>,
    at: Option<Moment>,
    #[serde(borrow)]
    data: Option<Blob<'a>>,
    #[serde(borrow)]
    names: Option<List<Text<'a>, 2>>,
    #[serde(borrow)]
    inner: Option<List<Structure<Inner<'a>>, 9>>,
    #[serde(borrow)]
    one: Option<Structure<Inner<'a>>>,
    #[serde(borrow)]
    tags: Option<Map<'a, Text<'a>, 9>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inner<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    values: Option<List<Double, 9>>,
}

fn read(body: &str) -> Outer<'_> {
    Protocol::Query(&FORM).decode(body.as_bytes()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn told(body: &str) -> String {
    let read = Protocol::Query(&FORM).decode::<Outer<'_>>(body.as_bytes());
    let failure = read.expect_err("the form should be refused");
    assert_eq!((failure.status, &*failure.code), (400, "SerializationException"));
    failure.message.unwrap()
}

fn texts<const N: usize>(list: &Option<List<Text<'_>, N>>) -> Vec<String> {
    let kept = list.iter().flat_map(List::kept).flatten();
    kept.map(|text| text.as_str().to_owned()).collect()
}

#[test]
fn values_are_what_is_due() {
    let body = "Action=X&Name=5&Number=5&Ratio=1e3&Flag=true&At=2026-09-22T09%3A06%3A00Z&Data=AAEC&Other=1";
    let outer = read(body);
    assert_eq!(outer.name.unwrap().as_str(), "5");
    assert_eq!((outer.number, outer.ratio), (Some(Int(5)), Some(Double(1000.0))));
    assert_eq!((outer.flag, outer.at), (Some(Flag(true)), Some(Moment(1_790_067_960_000))));
    assert_eq!(outer.data.unwrap().to_vec(), [0, 1, 2]);
    assert_eq!(read("Number=99999999999999999999").number, Some(Int(2_147_483_647)));
    for (text, ms) in [
        ("1970-01-01T00%3A00%3A01.5Z", 1500),
        ("1970-01-01T01%3A00%3A00%2B01%3A00", 0),
        ("1970-01-01T00%3A00%3A02", 2000),
        ("1970-01-02", 86_400_000),
    ] {
        assert_eq!(read(&format!("At={text}")).at, Some(Moment(ms)), "{text}");
    }
    assert_eq!(read("").name, None);
}

#[test]
fn lists_may_be_flat_empty_out_of_order_and_with_gaps() {
    for body in [
        "Names.member.1=a&Names.member.2=b&Names.member.10=c",
        "Names.member.10=c&Names.member.2=b&Names.member.1=a",
        "Names.1=a&Names.2=b&Names.3=c",
    ] {
        let names = read(body).names;
        assert_eq!(texts(&names), ["a", "b"], "{body}");
        assert_eq!(names.unwrap().count(), 3);
    }
    assert_eq!(read("Names=").names.unwrap().count(), 0);
    // What the largest number names costs what one element costs.
    assert_eq!(read("Names.member.999999999=a").names.unwrap().count(), 1);
}

#[test]
fn structures_and_maps_are_found_by_their_names() {
    let outer = read(
        "Inner.member.2.Name=two&Inner.member.1.Name=one&Inner.member.1.Values.member.1=1&One.Name=x\
         &Tags.entry.1.key=k&Tags.entry.1.value=v&Tags.entry.2.key=e&Tags.entry.2.value=",
    );
    let inner = outer.inner.unwrap();
    let [Some(Structure(one)), Some(Structure(two))] = inner.kept() else {
        panic!("{inner:?}");
    };
    assert_eq!(one.name.as_ref().unwrap().as_str(), "one");
    assert_eq!(one.values.as_ref().unwrap().kept(), [Some(Double(1.0))]);
    assert_eq!(two.name.as_ref().unwrap().as_str(), "two");
    assert_eq!(outer.one.unwrap().0.name.unwrap().as_str(), "x");
    let pair = |(key, value): &(Text<'_>, Text<'_>)| format!("{}={}", key.as_str(), value.as_str());
    assert_eq!(outer.tags.unwrap().kept().iter().map(pair).collect::<Vec<_>>(), ["k=v", "e="]);
}

#[test]
fn wrong_types_are_told_as_in_json_and_broken_forms_in_a_sentence() {
    let text = "class java.lang.String can not be converted to";
    assert_eq!(told("Number=x"), format!("{text} an Integer"));
    assert_eq!(told("Ratio=NaN"), format!("{text} a Double"));
    assert_eq!(told("At=now"), format!("{text} milliseconds since epoch"));
    assert_eq!(told("Flag=maybe"), "'MAYBE' can not be converted to an Boolean");
    assert_eq!(told("Names=x"), "Expected list or null");
    assert_eq!(told("Tags=x"), "Expected map or null");
    assert_eq!(told("One=x"), "Expected null");
    let map = "Start of structure or map found where not expected.";
    assert_eq!(told("Name.x=1"), map);
    let index = "The parts of a list must be numbered from 1.";
    for body in ["Names.member.0=a", "Names.member.01=a", "Names.x=a", "Names.member.1=a&Names.2=b"]
    {
        assert_eq!(told(body), index, "{body}");
    }
    let twice = "A parameter is given twice, or is a value and has parts.";
    for body in ["Name=a&Name=b", "Name=a&Name.b=c", "Names=&Names.member.1=a"] {
        assert_eq!(told(body), twice, "{body}");
    }
    // However it is written, and whether or not the operation knows it.
    for body in
        ["Name=a&N%61me=a", "Action=X&Name=a&Action=X", "Other&Other", "Other.x=1&A=2&Other.x="]
    {
        assert_eq!(told(body), twice, "{body}");
    }
    let entry = "The entries of a map must have a key and a value.";
    assert_eq!(told("Tags.entry.1.key=k"), entry);
    assert_eq!(told("Name=%"), "The query string is not encoded as a form.");
}

#[test]
fn the_action_is_found_and_the_version_is_the_services() {
    let ask = |body: &str| action(&FORM, body.as_bytes());
    assert_eq!(ask("A=1&Action=List%4detrics&Version=2010-08-01").unwrap(), "ListMetrics");
    assert_eq!(ask("Action=X").unwrap(), "X");
    assert_eq!(&*ask("A=%&B").unwrap_err().code, "MissingAction");
    assert_eq!(&*ask("Action=").unwrap_err().code, "MissingAction");
    assert_eq!(&*ask("Action=X&Version=1").unwrap_err().code, "UnknownOperationException");
    assert_eq!(&*ask("Action=%").unwrap_err().code, "SerializationException");
    assert_eq!(ask("%41ction=X").unwrap(), "X");
    // One after us, or before, might take the other.
    for twice in [
        "Action=A&Action=B",
        "Action=A&Action=A",
        "Action=&Action=A",
        "Action=A&%41ction=B",
        "Version=1&Action=A&Version=2010-08-01",
        "Action=A&Version=2010-08-01&Versio%6e=2010-08-01",
    ] {
        let failure = ask(twice).unwrap_err();
        assert_eq!(&*failure.code, "SerializationException", "{twice}");
        let text = "A parameter is given twice, or is a value and has parts.";
        assert_eq!(failure.message.as_deref(), Some(text), "{twice}");
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    text: String,
    at: Moment,
    data: BlobOut<Vec<u8>>,
    points: Vec<f64>,
    empties: Vec<f64>,
    map: std::collections::BTreeMap<&'static str, i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<u8>,
    flag: bool,
}

fn output() -> Output {
    Output {
        text: "<a & \"b\"\r\0\u{1}é>".to_owned(),
        at: Moment(1_790_067_960_500),
        data: BlobOut(vec![0, 1, 2]),
        points: vec![1.0, -0.5, 1e300],
        empties: Vec::new(),
        map: [("k", 1)].into(),
        absent: None,
        flag: true,
    }
}

#[test]
fn answers_are_xml() {
    let xml = Protocol::Query(&FORM).encode_reply("Do", "id", &output()).unwrap();
    assert_eq!(
        str::from_utf8(&xml).unwrap(),
        "<DoResponse xmlns=\"http://example.com/\"><DoResult>\
         <Text>&lt;a &amp; &quot;b&quot;&#xD;\u{fffd}\u{fffd}é&gt;</Text>\
         <At>2026-09-22T09:06:00.5Z</At><Data>AAEC</Data>\
         <Points><member>1.0</member><member>-0.5</member><member>1e300</member></Points>\
         <Empties></Empties><Map><entry><key>k</key><value>1</value></entry></Map><Flag>true</Flag>\
         </DoResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DoResponse>"
    );
    let nothing = Protocol::Query(&FORM).encode_reply("Do", "id", &()).unwrap();
    assert_eq!(
        str::from_utf8(&nothing).unwrap(),
        "<DoResponse xmlns=\"http://example.com/\"><ResponseMetadata><RequestId>id</RequestId>\
         </ResponseMetadata></DoResponse>"
    );
    assert_eq!(testing::read(Protocol::Query(&FORM), &nothing), Ok(json!(null)));
}

#[test]
fn failures_have_the_names_of_the_query_form() {
    let failure = Failure::caller("InvalidParameterValueException", "a < b");
    let xml = Protocol::Query(&FORM).encode_failure(&failure, "id");
    assert_eq!(
        str::from_utf8(&xml).unwrap(),
        "<ErrorResponse xmlns=\"http://example.com/\"><Error><Type>Sender</Type>\
         <Code>InvalidParameterValue</Code><Message>a &lt; b</Message></Error>\
         <RequestId>id</RequestId></ErrorResponse>"
    );
    let xml = Protocol::Query(&FORM).encode_failure(&Failure::internal("x"), "id");
    assert!(str::from_utf8(&xml).unwrap().contains("<Type>Receiver</Type><Code>InternalFailure<"));
}
