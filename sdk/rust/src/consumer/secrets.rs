//! Secrets of the function's account, by name.

use super::Problem;

/// A secret that the role may use; good for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secret(u32);

impl Secret {
    /// The number by which the host knows it.
    pub fn number(self) -> u32 {
        self.0
    }

    /// What it says, if the role may know it (`secretsmanager:GetSecretValue`).
    ///
    /// # Errors
    /// If it may not.
    pub fn reveal(self) -> Result<String, Problem> {
        #[cfg(all(target_family = "wasm", feature = "consumer"))]
        return crate::abi::reveal_secret(self.0);
        #[cfg(not(target_family = "wasm"))]
        return crate::testing::reveal_secret(self.0);
        #[cfg(all(target_family = "wasm", not(feature = "consumer")))]
        unreachable!("secrets are for consumers");
    }
}

/// The secret of this name, if the role may use it (`shardmill:UseSecret`).
///
/// # Errors
/// If it may not, or there is none.
pub fn open(name: &str) -> Result<Secret, Problem> {
    #[cfg(all(target_family = "wasm", feature = "consumer"))]
    return crate::abi::open_secret(name).map(Secret);
    #[cfg(not(target_family = "wasm"))]
    return crate::testing::open_secret(name).map(Secret);
    #[cfg(all(target_family = "wasm", not(feature = "consumer")))]
    unreachable!("secrets are for consumers, not {name}");
}
