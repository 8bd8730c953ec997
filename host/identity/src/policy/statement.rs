//! A statement: what it is about, and whether a request is that.

use super::action::Action;
use super::condition::{self, Condition};
use super::error::{PolicyError, Problem, Within};
use super::facts::Facts;
use super::json::Json;
use super::read;
use super::resource::Resource;
use super::template::Version;
use super::trust::{Names, Trust};

const ELEMENTS: &str =
    "Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource and Condition";

/// What a statement does when it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The request is allowed, unless something denies it.
    Allow,
    /// The request is denied, whatever allows it.
    Deny,
}

/// What a policy belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attached {
    /// To whoever asks.
    Identity,
    /// To what is asked for.
    Resource,
}

/// A list that a request is to be in, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listed<T> {
    In(T),
    NotIn(T),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    principals: Option<Listed<Names>>,
    pub(super) actions: Listed<Vec<Action>>,
    pub(super) resources: Listed<Vec<Resource>>,
    conditions: Vec<Condition>,
}

/// What comes of comparing a request with a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome<'p> {
    /// It applies, and names the principal like this.
    Applies(Trust),
    /// It is about other principals.
    Principal,
    /// It is about other actions.
    Action,
    /// It is about other resources.
    Resource,
    /// This condition does not hold.
    Condition(&'p Condition),
}

impl Statement {
    pub(super) fn parse(
        json: &Json,
        version: Version,
        attached: Attached,
    ) -> Result<Self, PolicyError> {
        let mut elements = Elements::default();
        for (name, value) in read::object(json)? {
            elements.put(name, value)?;
        }
        let sid = elements.sid.map(|json| sid(json, attached).within("Sid")).transpose()?.flatten();
        let effect = elements.effect.ok_or(Problem::Missing("Effect"))?;
        let effect = parse_effect(effect).within("Effect")?;
        let actions = either(elements.action, elements.not_action, "Action", "NotAction")?;
        let actions = actions.parse("Action", "NotAction", |json| {
            read::each(json, |value| Ok(Action::parse(read::text(value)?)?))
        })?;
        let resources =
            either(elements.resource, elements.not_resource, "Resource", "NotResource")?;
        let resources = resources.parse("Resource", "NotResource", |json| {
            read::each(json, |value| Ok(Resource::parse(read::text(value)?, version)?))
        })?;
        let conditions = elements.condition.map(|json| condition::parse(json, version));
        Ok(Self {
            sid,
            effect,
            principals: principals(&elements, effect, attached)?,
            actions,
            resources,
            conditions: conditions.transpose().within("Condition")?.unwrap_or_default(),
        })
    }

    /// Compares the request with all that the statement says.
    pub(super) fn test(&self, facts: &Facts<'_>) -> Outcome<'_> {
        let Some(trust) = self.trust(facts) else { return Outcome::Principal };
        let is_about_action = match &self.actions {
            Listed::In(actions) => actions.iter().any(|action| action.matches(facts)),
            Listed::NotIn(actions) => !actions.iter().any(|action| action.matches(facts)),
        };
        if !is_about_action {
            return Outcome::Action;
        }
        if !self.is_about_resource(facts) {
            return Outcome::Resource;
        }
        match self.conditions.iter().find(|condition| !condition.holds(self.effect, facts)) {
            Some(condition) => Outcome::Condition(condition),
            None => Outcome::Applies(trust),
        }
    }

    fn trust(&self, facts: &Facts<'_>) -> Option<Trust> {
        let principal = facts.request.principal;
        match &self.principals {
            None => Some(Trust::Itself),
            Some(Listed::In(names)) => names.find(principal),
            Some(Listed::NotIn(names)) => (!names.exempt(principal)).then_some(Trust::Itself),
        }
    }

    fn is_about_resource(&self, facts: &Facts<'_>) -> bool {
        let any = |resources: &[Resource], unresolved: bool| {
            resources.iter().any(|resource| resource.matches(facts).unwrap_or(unresolved))
        };
        match &self.resources {
            Listed::In(resources) => any(resources, false),
            // What cannot be resolved must not make an exception disappear from what is allowed.
            Listed::NotIn(resources) => !any(resources, self.effect == Effect::Allow),
        }
    }
}

impl Statement {
    /// A variable among the resources that has no value in this request, if there is one.
    pub(super) fn unresolved(&self, facts: &Facts<'_>) -> Option<&str> {
        let (Listed::In(resources) | Listed::NotIn(resources)) = &self.resources;
        resources.iter().find_map(|resource| resource.unresolved(facts))
    }
}

/// The elements of a statement as they are given.
#[derive(Default)]
struct Elements<'a> {
    sid: Option<&'a Json>,
    effect: Option<&'a Json>,
    principal: Option<&'a Json>,
    not_principal: Option<&'a Json>,
    action: Option<&'a Json>,
    not_action: Option<&'a Json>,
    resource: Option<&'a Json>,
    not_resource: Option<&'a Json>,
    condition: Option<&'a Json>,
}

impl<'a> Elements<'a> {
    fn put(&mut self, name: &str, value: &'a Json) -> Result<(), PolicyError> {
        let place = match name {
            "Sid" => &mut self.sid,
            "Effect" => &mut self.effect,
            "Principal" => &mut self.principal,
            "NotPrincipal" => &mut self.not_principal,
            "Action" => &mut self.action,
            "NotAction" => &mut self.not_action,
            "Resource" => &mut self.resource,
            "NotResource" => &mut self.not_resource,
            "Condition" => &mut self.condition,
            _ => {
                let name = name.to_owned();
                return Err(Problem::UnknownElement { name, known: ELEMENTS }.into());
            }
        };
        *place = Some(value);
        Ok(())
    }
}

fn either<'a>(
    list: Option<&'a Json>,
    not_list: Option<&'a Json>,
    name: &'static str,
    not_name: &'static str,
) -> Result<Listed<&'a Json>, Problem> {
    match (list, not_list) {
        (Some(list), None) => Ok(Listed::In(list)),
        (None, Some(list)) => Ok(Listed::NotIn(list)),
        (None, None) => Err(Problem::Missing(name)),
        (Some(_), Some(_)) => Err(Problem::Both(name, not_name)),
    }
}

impl Listed<&Json> {
    fn parse<T>(
        &self,
        name: &str,
        not_name: &str,
        parse: impl Fn(&Json) -> Result<T, PolicyError>,
    ) -> Result<Listed<T>, PolicyError> {
        Ok(match self {
            Self::In(json) => Listed::In(parse(json).within(name)?),
            Self::NotIn(json) => Listed::NotIn(parse(json).within(not_name)?),
        })
    }
}

/// An empty one is none, as the tools of others write it.
fn sid(json: &Json, attached: Attached) -> Result<Option<String>, PolicyError> {
    let text = read::name(read::text(json)?, "characters in a Sid")?;
    let allowed = match attached {
        Attached::Identity => text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        Attached::Resource => true,
    };
    if !allowed {
        return Err(Problem::Sid(text.to_owned()).into());
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn parse_effect(json: &Json) -> Result<Effect, PolicyError> {
    match read::text(json)? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        text => Err(Problem::Effect(text.to_owned()).into()),
    }
}

fn principals(
    elements: &Elements<'_>,
    effect: Effect,
    attached: Attached,
) -> Result<Option<Listed<Names>>, PolicyError> {
    if attached == Attached::Identity {
        return match (elements.principal, elements.not_principal) {
            (None, None) => Ok(None),
            (Some(_), _) => Err(Problem::PrincipalInIdentityPolicy("Principal").into()),
            (None, Some(_)) => Err(Problem::PrincipalInIdentityPolicy("NotPrincipal").into()),
        };
    }
    let (one, other) = ("Principal", "NotPrincipal");
    let listed = either(elements.principal, elements.not_principal, one, other)?;
    let listed = listed.parse(one, other, Names::parse)?;
    let problem = match &listed {
        Listed::NotIn(_) if effect == Effect::Allow => Problem::NotPrincipalAllows,
        Listed::NotIn(names) if names.is_everybody() => Problem::NotPrincipalEverybody,
        _ => return Ok(Some(listed)),
    };
    Err(problem.into())
}
