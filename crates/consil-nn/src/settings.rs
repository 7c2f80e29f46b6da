//! Settings outside their range, each named with its place and what it must be.

/// A setting that no training could use.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{setting} = {value}: it must be {needs}")]
pub struct SettingError {
    /// The key, with dots between tables: `optimizer.adam.lr`.
    pub setting: String,
    /// What it is.
    pub value: String,
    /// What it must be.
    pub needs: &'static str,
}

/// All settings that were refused, in the order of their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingErrors(pub Vec<SettingError>);

impl std::fmt::Display for SettingErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingErrors {}

impl SettingErrors {
    /// The errors, each below `table`: `lr` becomes `train.lr`.
    pub fn below(self, table: &str) -> Self {
        let named = |error: SettingError| SettingError { setting: format!("{table}.{}", error.setting), ..error };
        Self(self.0.into_iter().map(named).collect())
    }
}

/// Collects what is wrong with the settings of a table.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    errors: Vec<SettingError>,
}

impl Settings {
    /// Notes the setting unless it is `fine`.
    pub fn require(&mut self, setting: &str, value: impl std::fmt::Display, fine: bool, needs: &'static str) {
        if !fine {
            self.errors.push(SettingError { setting: setting.to_owned(), value: value.to_string(), needs });
        }
    }

    /// A whole number from 1.
    pub fn count(&mut self, setting: &str, value: u64) {
        self.require(setting, value, value > 0, "at least 1");
    }

    /// A number above 0, and finite.
    pub fn positive(&mut self, setting: &str, value: f64) {
        self.require(setting, value, value > 0.0 && value.is_finite(), "a finite number above 0");
    }

    /// A number from 0, and finite.
    pub fn at_least_zero(&mut self, setting: &str, value: f64) {
        self.require(setting, value, value >= 0.0 && value.is_finite(), "a finite number of at least 0");
    }

    /// A number in `[0, 1)`.
    pub fn below_one(&mut self, setting: &str, value: f64) {
        self.require(setting, value, (0.0..1.0).contains(&value), "at least 0 and below 1");
    }

    /// A number in `[0, 1]`.
    pub fn share(&mut self, setting: &str, value: f64) {
        self.require(setting, value, (0.0..=1.0).contains(&value), "between 0 and 1");
    }

    /// `value`, or all that was noted.
    pub fn finish<T>(self, value: T) -> Result<T, SettingErrors> {
        if self.errors.is_empty() { Ok(value) } else { Err(SettingErrors(self.errors)) }
    }
}
