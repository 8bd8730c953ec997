//! Members that answers of several operations have.

use serde::Serialize;
use serde::ser::SerializeMap;
use wire::shape::Moment;

use crate::directory::{AccessKey, Account, Kind, Member, StoredSecret};

/// An account.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownAccount {
    id: String,
    name: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    create_date: Option<Moment>,
}

impl From<&Account> for ShownAccount {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            status: if account.is_closed { "CLOSED" } else { "ACTIVE" },
            create_date: account.created.map(Moment::from),
        }
    }
}

/// A user or a role.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownMember {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<String>,
    arn: String,
    create_date: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    assume_role_policy_document: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<ShownTags>,
}

impl ShownMember {
    /// As it stands in a list.
    pub(super) fn brief(member: &Member) -> Self {
        let of = |kind: Kind, text: &str| (member.kind == kind).then(|| text.to_owned());
        let (name, id) = (member.name.as_str(), &*member.id);
        Self {
            user_name: of(Kind::User, name),
            user_id: of(Kind::User, id),
            role_name: of(Kind::Role, name),
            role_id: of(Kind::Role, id),
            arn: member.arn(),
            create_date: member.created.into(),
            assume_role_policy_document: None,
            tags: None,
        }
    }

    /// With all that is known of it but its policies.
    pub(super) fn whole(member: &Member) -> Self {
        let trust = Some(&member.trust).filter(|_| member.kind == Kind::Role);
        Self {
            assume_role_policy_document: trust.cloned(),
            tags: Some(ShownTags(member.tags.clone())),
            ..Self::brief(member)
        }
    }
}

/// One user or role, under the name that it has in answers.
#[derive(Debug)]
pub(super) struct One(pub(super) Kind, pub(super) ShownMember);

impl Serialize for One {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        let word = match self.0 {
            Kind::User => "User",
            Kind::Role => "Role",
        };
        map.serialize_entry(word, &self.1)?;
        map.end()
    }
}

/// Tags as a map.
#[derive(Debug)]
pub(super) struct ShownTags(Vec<(String, String)>);

impl Serialize for ShownTags {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// An access key, without its secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownKey {
    access_key_id: String,
    /// Missing for a key of the account's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    status: &'static str,
    create_date: Moment,
}

impl ShownKey {
    pub(super) fn of(key: &AccessKey, is_readable: bool) -> Self {
        Self {
            access_key_id: key.id.clone(),
            user_name: key.user.as_ref().map(ToString::to_string),
            status: match (is_readable, key.is_enabled) {
                (false, _) => "Unreadable",
                (true, true) => "Active",
                (true, false) => "Inactive",
            },
            create_date: key.created.into(),
        }
    }
}

/// A secret, without its value.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownSecret {
    name: String,
    #[serde(rename = "ARN")]
    arn: String,
    version: u64,
    create_date: Moment,
    change_date: Moment,
}

impl From<&StoredSecret> for ShownSecret {
    fn from(secret: &StoredSecret) -> Self {
        Self {
            name: secret.name.to_string(),
            arn: super::put_secret::arn(
                secret.account,
                secret.region.as_str(),
                secret.name.as_str(),
            ),
            version: secret.version,
            create_date: secret.created.into(),
            change_date: secret.changed.into(),
        }
    }
}
