//! The door into the shop: set-up and enrolment, before this browser is a terminal.

use crate::reactive::prelude::*;
use evertill_browser::{Device, EnrolFailure};
use evertill_domain::receipt_number::epoch_suffix;
use evertill_protocol::api::SetupRequest;

use crate::api::ApiError;

/// Why the door stayed shut.
#[derive(Clone, Debug, PartialEq)]
pub enum DoorError {
    /// The ERP said no, or was not there.
    Api(ApiError),
    /// This device could not keep it, and why.
    Device(String),
}

impl From<EnrolFailure> for DoorError {
    fn from(failure: EnrolFailure) -> Self {
        match failure {
            EnrolFailure::Api(failure) => DoorError::Api(failure.into()),
            other => DoorError::Device(other.to_string()),
        }
    }
}

/// The terminal that a browser was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Its short code.
    pub terminal: String,
    /// Whether it was left on purpose; otherwise the storage was lost.
    pub left: bool,
}

/// What can be asked before this browser is a terminal.
#[derive(Clone, Copy)]
pub struct Door(StoredValue<Device>);

impl Door {
    /// The door of this device.
    pub fn of(device: Device) -> Self {
        Door(StoredValue::new(device))
    }

    /// The terminal that this browser is: `T1`. `None` while it is none.
    pub fn terminal(self) -> Option<String> {
        let identity = self.0.get_value().identity()?;
        Some(format!("{}{}", identity.short_code, epoch_suffix(identity.epoch)))
    }

    /// Enrols this browser with a one-time code. The same code again after a lost answer is harmless.
    pub async fn enrol(self, code: &str) -> Result<(), DoorError> {
        self.0.get_value().enrol(code).await?;
        Ok(())
    }

    /// Makes the shop, then enrols this browser as its first terminal with the same code.
    pub async fn set_up(self, request: SetupRequest) -> Result<(), DoorError> {
        let code = request.code.clone();
        self.0.get_value().setup(request).await?;
        self.enrol(&code).await
    }

    /// Which terminal this browser was, if its cookie outlived its storage or its leaving.
    pub async fn past(self) -> Option<Past> {
        let device = self.0.get_value();
        let known = device.remembered().await.filter(|known| known.terminal.is_some())?;
        let left = device.till().left().await.unwrap_or_default();
        Some(Past { terminal: known.short_code.unwrap_or_default(), left })
    }
}
