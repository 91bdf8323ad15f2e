//! What the addon says to JavaScript when something fails: a code and a text, never a value of a witness.

/// Becomes an `Error` with the property `code`.
#[derive(Debug)]
pub struct Failure {
    pub code: &'static str,
    pub message: String,
}

impl Failure {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
