//! Every condition operator over its axes: negation, set operators, `IfExists`, effect, and how many values
//! the request has. What is true of two values stands in [`FAMILIES`]; the rest follows from AWS's rules.

use super::applies;

/// An operator with its negation, and what is true of values and operands.
struct Family {
    operator: &'static str,
    negated: Option<&'static str>,
    operands: &'static [&'static str],
    /// Each value with a mark for each operand: `+` it matches, `-` it does not.
    values: &'static [(&'static str, &'static str)],
}

const FAMILIES: [Family; 20] = [
    Family {
        operator: "StringEquals",
        negated: Some("StringNotEquals"),
        operands: &["blue", "Blue", "bl*", "", "blü"],
        values: &[
            ("blue", "+----"),
            ("Blue", "-+---"),
            ("bl*", "--+--"),
            ("black", "-----"),
            ("blü", "----+"),
            ("blue ", "-----"),
        ],
    },
    Family {
        operator: "StringEqualsIgnoreCase",
        negated: Some("StringNotEqualsIgnoreCase"),
        operands: &["blue", "BLÜ", "b?ue"],
        values: &[
            ("BLUE", "+--"),
            ("bLuE", "+--"),
            ("blü", "-+-"),
            ("B?UE", "--+"),
            ("blu", "---"),
        ],
    },
    Family {
        operator: "StringLike",
        negated: Some("StringNotLike"),
        operands: &["*", "bl*", "?lue", "*l*e", "b**e", "B*"],
        values: &[
            ("blue", "+++++-"),
            ("bl", "++----"),
            ("glue", "+-++--"),
            ("bale", "+--++-"),
            ("BLUE", "+----+"),
            ("b:l/u e", "+--++-"),
        ],
    },
    Family {
        operator: "NumericEquals",
        negated: Some("NumericNotEquals"),
        operands: &["-1.5", "0", "7", "10"],
        values: &[
            ("-1.50", "+---"),
            ("-0", "-+--"),
            ("07", "--+-"),
            ("10.0", "---+"),
            ("1", "----"),
        ],
    },
    Family {
        operator: "NumericLessThan",
        negated: None,
        operands: &["-1.5", "0", "7", "10"],
        values: &[("-2", "++++"), ("-1.5", "-+++"), ("0", "--++"), ("9.9", "---+"), ("10", "----")],
    },
    Family {
        operator: "NumericLessThanEquals",
        negated: None,
        operands: &["-1.5", "0", "7", "10"],
        values: &[("-2", "++++"), ("-1.5", "++++"), ("0", "-+++"), ("9.9", "---+"), ("10", "---+")],
    },
    Family {
        operator: "NumericGreaterThan",
        negated: None,
        operands: &["-1.5", "0", "7", "10"],
        values: &[
            ("-2", "----"),
            ("-1.5", "----"),
            ("0", "+---"),
            ("9.9", "+++-"),
            ("11", "++++"),
            ("1e9", "++++"),
            ("1234567890123456789", "++++"),
        ],
    },
    Family {
        operator: "NumericGreaterThanEquals",
        negated: None,
        operands: &["-1.5", "0", "7", "10"],
        values: &[("-2", "----"), ("-1.5", "+---"), ("0", "++--"), ("9.9", "+++-"), ("10", "++++")],
    },
    Family {
        operator: "DateEquals",
        negated: Some("DateNotEquals"),
        operands: &["2026-01-01", "2026-06-01T12:00:00Z", "1767312000"],
        values: &[
            ("2026-01-01T00:00:00Z", "+--"),
            ("2026-01-01T01:00:00+01:00", "+--"),
            ("2026-06-01T12:00:00.000Z", "-+-"),
            ("2026-01-02T00:00:00Z", "--+"),
            ("1767225600", "+--"),
            ("2026-06-01T12:00:01Z", "---"),
        ],
    },
    Family {
        operator: "DateLessThan",
        negated: None,
        operands: &["2026-01-01", "2026-06-01T12:00:00Z"],
        values: &[
            ("2025-12-31T23:59:59Z", "++"),
            ("2026-01-01T00:00:00Z", "-+"),
            ("2026-06-01T12:00:00Z", "--"),
            ("1767225599", "++"),
        ],
    },
    Family {
        operator: "DateLessThanEquals",
        negated: None,
        operands: &["2026-01-01", "2026-06-01T12:00:00Z"],
        values: &[
            ("2025-12-31T23:59:59Z", "++"),
            ("2026-01-01T00:00:00Z", "++"),
            ("2026-06-01T12:00:00Z", "-+"),
            ("2026-06-01T12:00:00.5Z", "--"),
        ],
    },
    Family {
        operator: "DateGreaterThan",
        negated: None,
        operands: &["2026-01-01", "2026-06-01T12:00:00Z"],
        values: &[
            ("2025-12-31T23:59:59Z", "--"),
            ("2026-01-01T00:00:00Z", "--"),
            ("2026-01-01T00:00:00.1Z", "+-"),
            ("2026-06-01T12:00:01Z", "++"),
        ],
    },
    Family {
        operator: "DateGreaterThanEquals",
        negated: None,
        operands: &["2026-01-01", "2026-06-01T12:00:00Z"],
        values: &[
            ("2025-12-31T23:59:59Z", "--"),
            ("2026-01-01T00:00:00Z", "+-"),
            ("2026-06-01T12:00:00Z", "++"),
            ("2026-06-01T11:59:59Z", "+-"),
        ],
    },
    Family {
        operator: "Bool",
        negated: None,
        operands: &["true", "false"],
        values: &[("true", "+-"), ("false", "-+"), ("True", "+-")],
    },
    Family {
        operator: "BinaryEquals",
        negated: None,
        operands: &["AAEC", "AA=="],
        values: &[("AAEC", "+-"), ("AA==", "-+"), ("AAED", "--")],
    },
    Family {
        operator: "IpAddress",
        negated: Some("NotIpAddress"),
        operands: &["203.0.113.0/24", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0"],
        values: &[
            ("203.0.113.9", "+--+"),
            ("10.1.2.3", "-+-+"),
            ("::ffff:10.1.2.3", "-+-+"),
            ("2001:db8:5::1", "--+-"),
            ("2001:db9::1", "----"),
        ],
    },
    ARN_EQUALS,
    Family { operator: "ArnLike", negated: Some("ArnNotLike"), ..ARN_EQUALS },
    Family {
        operator: "StringLike",
        negated: Some("StringNotLike"),
        operands: &["arn:aws:x:*:111122223333:finance/*"],
        values: &[("arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/d", "+")],
    },
    Family {
        operator: "ArnLike",
        negated: Some("ArnNotLike"),
        operands: &["arn:aws:x:*:111122223333:finance/*"],
        values: &[("arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/d", "-")],
    },
];

const ARN_EQUALS: Family = Family {
    operator: "ArnEquals",
    negated: Some("ArnNotEquals"),
    operands: &[
        "arn:aws:kinesis:us-east-1:111122223333:stream/orders",
        "arn:aws:kinesis:*:111122223333:stream/*",
        "arn:aws:kinesis:us-*-1:*:*",
        "arn:*:*:*:*:*/order?",
        "arn:aws:kinesis::111122223333:stream/orders",
        "*",
        "arn:aws:kinesis:us*",
    ],
    values: &[
        ("arn:aws:kinesis:us-east-1:111122223333:stream/orders", "++++-++"),
        ("arn:aws:kinesis:eu-west-1:111122223333:stream/orders", "-+-+-+-"),
        ("arn:aws:kinesis:us-west-1:444455556666:stream/x:y/z", "--+--++"),
        ("arn:aws:kinesis::111122223333:stream/orders", "-+-+++-"),
        ("arn:aws:kinesis:us-east-1:111122223333:stream/Orders", "-++--++"),
        ("arn:aws-cn:kinesis:us-east-1:111122223333:stream/orders", "---+-+-"),
    ],
};

const SETS: [&str; 3] = ["", "ForAllValues:", "ForAnyValue:"];

/// How many cases this table has checked: each is one decision.
#[derive(Default)]
struct Count(usize);

impl Count {
    /// One statement with this condition, for either effect, against a request with these values.
    fn check(&mut self, operator: &str, operands: &[&str], values: &[&str], expected: bool) {
        let case = format!("{operator} {operands:?} of {values:?}");
        assert_eq!(applies("Allow", operator, operands, values), expected, "allow if {case}");
        assert_eq!(applies("Deny", operator, operands, values), expected, "deny if {case}");
        self.0 += 2;
    }
}

impl Family {
    fn matches(&self, value: usize, operand: usize) -> bool {
        self.values[value].1.as_bytes()[operand] == b'+'
    }

    /// One value, one operand, under every set operator.
    fn check_pairs(&self, count: &mut Count) {
        for (at, (value, _)) in self.values.iter().enumerate() {
            for (index, operand) in self.operands.iter().enumerate() {
                let matches = self.matches(at, index);
                for suffix in ["", "IfExists"] {
                    for set in SETS {
                        let name = format!("{set}{}{suffix}", self.operator);
                        count.check(&name, &[operand], &[value], matches);
                        if let Some(negated) = self.negated {
                            let name = format!("{set}{negated}{suffix}");
                            count.check(&name, &[operand], &[value], !matches);
                        }
                    }
                }
            }
        }
    }

    /// All operands at once: one is enough, and for negated operators none may match.
    fn check_lists(&self, count: &mut Count) {
        for (at, (value, marks)) in self.values.iter().enumerate() {
            assert_eq!(marks.len(), self.operands.len(), "{} {value}", self.operator);
            let any = (0..self.operands.len()).any(|index| self.matches(at, index));
            count.check(self.operator, self.operands, &[value], any);
            if let Some(negated) = self.negated {
                count.check(negated, self.operands, &[value], !any);
            }
        }
    }

    /// Two values and one operand: each has to match, or one of them.
    fn check_sets(&self, count: &mut Count) {
        for one in 0..self.values.len() {
            for other in 0..self.values.len() {
                let values = [self.values[one].0, self.values[other].0];
                for (index, operand) in self.operands.iter().enumerate() {
                    let found = [self.matches(one, index), self.matches(other, index)];
                    let (every, some) = (found[0] && found[1], found[0] || found[1]);
                    let all = format!("ForAllValues:{}", self.operator);
                    count.check(&all, &[operand], &values, every);
                    let any = format!("ForAnyValue:{}", self.operator);
                    count.check(&any, &[operand], &values, some);
                    if let Some(negated) = self.negated {
                        count.check(&format!("ForAllValues:{negated}"), &[operand], &values, !some);
                        count.check(&format!("ForAnyValue:{negated}"), &[operand], &values, !every);
                    }
                }
            }
        }
    }

    /// No value: only negated operators, `IfExists` and `ForAllValues` hold.
    fn check_absent(&self, count: &mut Count) {
        let names = [Some((self.operator, false)), self.negated.map(|name| (name, true))];
        for (name, negated) in names.into_iter().flatten() {
            for (set, holds) in [("", negated), ("ForAllValues:", true), ("ForAnyValue:", false)] {
                count.check(&format!("{set}{name}"), self.operands, &[], holds);
                count.check(&format!("{set}{name}IfExists"), self.operands, &[], true);
            }
        }
    }
}

#[test]
fn operators_do_what_their_names_say() {
    let mut count = Count::default();
    for family in &FAMILIES {
        family.check_pairs(&mut count);
        family.check_lists(&mut count);
        family.check_sets(&mut count);
        family.check_absent(&mut count);
    }
    assert!(count.0 >= 5000, "only {} cases", count.0);
}

#[test]
fn null_asks_whether_there_is_a_value() {
    let mut count = Count::default();
    let cases: [(&[&str], bool); 3] = [(&[], true), (&["x"], false), (&["", "x"], false)];
    for (values, is_null) in cases {
        count.check("Null", &["true"], values, is_null);
        count.check("Null", &["false"], values, !is_null);
        count.check("Null", &["true", "false"], values, true);
    }
}

#[test]
fn sets_of_empty_texts_are_empty() {
    let mut count = Count::default();
    for values in [&[""][..], &["", ""]] {
        for operator in ["StringEquals", "StringLike", "StringNotEquals"] {
            count.check(&format!("ForAllValues:{operator}"), &["x"], values, true);
            count.check(&format!("ForAnyValue:{operator}"), &["x"], values, false);
        }
    }
    count.check("ForAllValues:StringEquals", &["x"], &["x", ""], false);
    count.check("StringEquals", &[""], &[""], true);
}
