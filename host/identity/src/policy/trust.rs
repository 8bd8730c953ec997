//! `Principal` and `NotPrincipal` of a policy that belongs to a resource: whom its owner trusts.

use domain::AccountId;

use super::error::{PolicyError, Problem, Within};
use super::json::Json;
use super::read;
use super::request::{Principal, PrincipalKind};

/// How a statement names the one who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// By its account, which still has to allow it.
    Account,
    /// Itself, or as anybody.
    Itself,
}

/// Principals as a policy names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    everybody: bool,
    accounts: Vec<AccountId>,
    /// ARNs of users and roles.
    lasting: Vec<String>,
    /// ARNs of single sessions of roles.
    sessions: Vec<String>,
}

impl Names {
    /// `"*"`, or `{"AWS": ..}`.
    pub(super) fn parse(json: &Json) -> Result<Self, PolicyError> {
        let mut names = Self::default();
        let entries = match json {
            Json::Text(text) if text == "*" => {
                names.everybody = true;
                return Ok(names);
            }
            Json::Text(text) => return Err(Problem::Principal(text.clone()).into()),
            Json::Object(entries) if !entries.is_empty() => entries,
            _ => return Err(Problem::Expected("\"*\" or an object with the member AWS").into()),
        };
        for (kind, values) in entries {
            if kind != "AWS" {
                return Err(Problem::PrincipalKind(kind.clone()).into());
            }
            for text in read::texts(values).within("AWS")? {
                names.add(text).map_err(PolicyError::from).within("AWS")?;
            }
        }
        Ok(names)
    }

    pub(super) fn is_everybody(&self) -> bool {
        self.everybody
    }

    fn add(&mut self, text: &str) -> Result<(), Problem> {
        if text == "*" {
            self.everybody = true;
        } else if let Ok(account) = text.parse() {
            self.accounts.push(account);
        } else {
            self.add_arn(text).ok_or_else(|| Problem::Principal(text.to_owned()))?;
        }
        Ok(())
    }

    fn add_arn(&mut self, arn: &str) -> Option<()> {
        let (service, rest) = arn.strip_prefix("arn:aws:")?.split_once("::")?;
        let (account, resource) = rest.split_once(':')?;
        let account: AccountId = account.parse().ok()?;
        if (service, resource) == ("iam", "root") {
            self.accounts.push(account);
            return Some(());
        }
        let (kind, name) = resource.split_once('/')?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
        if name.is_empty() || !name.bytes().all(allowed) {
            return None;
        }
        match (service, kind) {
            ("iam", "user" | "role") => self.lasting.push(arn.to_owned()),
            ("sts", "assumed-role") if name.split('/').count() == 2 => {
                self.sessions.push(arn.to_owned());
            }
            _ => return None,
        }
        Some(())
    }

    /// How `principal` is named, if it is; the closer of two ways.
    pub(super) fn find(&self, principal: &Principal) -> Option<Trust> {
        let itself = self.everybody || self.names_itself(principal);
        if itself {
            return Some(Trust::Itself);
        }
        self.accounts.contains(&principal.account).then_some(match principal.kind {
            PrincipalKind::Root => Trust::Itself,
            PrincipalKind::User | PrincipalKind::Role => Trust::Account,
        })
    }

    fn names_itself(&self, principal: &Principal) -> bool {
        match principal.kind {
            PrincipalKind::Root => false,
            PrincipalKind::User => self.lasting.contains(&principal.arn),
            PrincipalKind::Role => self.names_role(principal) || self.names_session(principal),
        }
    }

    fn names_role(&self, principal: &Principal) -> bool {
        let lasting = principal.lasting_arn();
        self.lasting.iter().any(|arn| *arn == lasting)
    }

    fn names_session(&self, principal: &Principal) -> bool {
        self.sessions.contains(&principal.arn)
    }

    /// Whether a `NotPrincipal` of these exempts `principal`: AWS looks at the account, then at the user or
    /// the role, then at the session, and denies if one of them is not named.
    pub(super) fn exempt(&self, principal: &Principal) -> bool {
        self.accounts.contains(&principal.account)
            && match principal.kind {
                PrincipalKind::Root => true,
                PrincipalKind::User => self.lasting.contains(&principal.arn),
                PrincipalKind::Role => {
                    self.names_role(principal) && self.names_session_or_has_none(principal)
                }
            }
    }

    /// A role that is presented by its own ARN has no session to name.
    fn names_session_or_has_none(&self, principal: &Principal) -> bool {
        principal.arn == principal.lasting_arn() || self.names_session(principal)
    }
}
