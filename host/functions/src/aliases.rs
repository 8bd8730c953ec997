//! Making, changing and deleting aliases of functions.

use std::sync::Arc;

use domain::{
    AccountId, AliasName, FunctionArn, FunctionName, QualifiedArn, Qualifier, Region, limits,
};

use crate::catalog::{Beside, FunctionIndex};
use crate::error::{Invalid, Missing, Revised, Taken};
use crate::lifecycle::existing;
use crate::versions::{Alias, Astray};
use crate::{Error, Functions, Result};

/// The function of an alias, and the alias.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) account: AccountId,
    pub(crate) region: &'a Region,
    pub(crate) function: &'a FunctionName,
    pub(crate) alias: &'a AliasName,
}

impl Named<'_> {
    /// The alias's resource name.
    pub(crate) fn arn(self) -> QualifiedArn {
        let Self { account, region, function, alias } = self;
        let function = FunctionArn { region: region.clone(), account, name: function.clone() };
        QualifiedArn { function, qualifier: Some(Qualifier::Alias(alias.clone())) }
    }
}

impl Functions {
    /// Makes an alias; its revision is drawn here.
    ///
    /// # Errors
    /// If there is no such function or version, the name is taken, the function would have too many, or the store does
    /// not take it.
    pub(crate) async fn create_alias(&self, named: Named<'_>, alias: Alias) -> Result<Arc<Alias>> {
        let alias = Arc::new(Alias { revision: self.uuid(), ..alias });
        let made = Arc::clone(&alias);
        let changed = self.functions.change(|index| {
            let place = (named.account, named.region);
            let function = existing(index, place, named.function)?;
            let arn = named.arn();
            check(index, &arn.function, &alias)?;
            if index.alias(&arn.function, named.alias).is_some() {
                return Err(Error::Taken(Taken::Alias(arn.to_string())));
            }
            if index.aliases(&arn.function).count() >= limits::FUNCTION_ALIASES_MAX {
                return Err(Error::AliasCount);
            }
            Ok(Beside::Alias(function, named.alias.clone(), Some(alias)).into())
        });
        changed.await.map(|()| made)
    }

    /// The alias of this name.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn alias(&self, named: Named<'_>) -> Result<Arc<Alias>> {
        let arn = named.arn();
        let found = self.functions.look(|index| index.alias(&arn.function, named.alias));
        found.ok_or_else(|| Error::NotFound(Missing::Alias(arn.to_string())))
    }

    /// Changes an alias as `change` says; the next call goes where it leads then.
    ///
    /// # Errors
    /// If there is none, it has another revision than the caller believes, cannot lead there, or the store does not take
    /// it.
    pub(crate) async fn update_alias(
        &self,
        named: Named<'_>,
        believed: Option<&str>,
        change: impl FnOnce(&mut Alias) -> Result<()>,
    ) -> Result<Arc<Alias>> {
        let revision = self.uuid();
        let changed = self.functions.change(|index| {
            let place = (named.account, named.region);
            let function = existing(index, place, named.function)?;
            let arn = named.arn();
            let found = index.alias(&arn.function, named.alias);
            let old = found.ok_or_else(|| Error::NotFound(Missing::Alias(arn.to_string())))?;
            if believed.is_some_and(|it| it != old.revision) {
                return Err(Error::Revision(Revised::Function));
            }
            let mut alias = Alias::clone(&old);
            change(&mut alias)?;
            check(index, &arn.function, &alias)?;
            alias.revision = revision;
            Ok(Beside::Alias(function, named.alias.clone(), Some(Arc::new(alias))).into())
        });
        changed.await?;
        self.alias(named)
    }

    /// Deletes an alias and its policy; one that is not there is as good as deleted, as on AWS.
    ///
    /// # Errors
    /// If there is no such function, or the store does not take it.
    pub(crate) async fn delete_alias(&self, named: Named<'_>) -> Result<()> {
        let changed = self.functions.change(|index| {
            let function = existing(index, (named.account, named.region), named.function)?;
            Ok(Beside::Alias(function, named.alias.clone(), None).into())
        });
        changed.await
    }
}

/// Whether the alias can lead where it leads.
fn check(index: &FunctionIndex, function: &FunctionArn, alias: &Alias) -> Result<()> {
    index.check_alias(function, alias).map_err(|astray| match astray {
        Astray::Absent(number) => {
            let qualifier = Some(Qualifier::Version(number));
            let arn = QualifiedArn { function: function.clone(), qualifier };
            Error::NotFound(Missing::qualified(&arn))
        }
        Astray::Twice(number) => Invalid::AliasTwice(number).into(),
        Astray::Latest => Invalid::AliasOfLatest.into(),
    })
}
