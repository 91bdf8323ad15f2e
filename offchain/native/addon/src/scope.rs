//! A call from JavaScript, with what it passes and what it returns.

use crate::abi::{self, Callback, CallbackInfo, Env, OK, Status, Value};
use crate::failure::Failure;
use crate::panics;
use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

/// Most arguments that a function of ours takes.
const MAX_ARGUMENTS: usize = 8;

/// Lives as long as one call of Node into the addon, on the thread of that call; so its handles are valid.
pub struct Scope {
    env: Env,
    arguments: [Value; MAX_ARGUMENTS],
    count: usize,
}

/// What a function of the addon answers with.
pub enum Answer {
    Undefined,
    Boolean(bool),
    Number(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// Names with numbers; a truth value is 0 or 1.
    Record(Vec<(&'static CStr, f64)>),
}

impl Scope {
    /// A scope without arguments, for what Node calls later.
    ///
    /// # Safety
    /// `env` must be what Node passed to the callback that runs now.
    pub unsafe fn of(env: Env) -> Self {
        Self { env, arguments: [null_mut(); MAX_ARGUMENTS], count: 0 }
    }

    pub fn env(&self) -> Env {
        self.env
    }

    pub fn text(&self, index: usize) -> Result<String, Failure> {
        let value = self.argument(index)?;
        let mut length = 0;
        // SAFETY: env and value are of this call; without a buffer only the length is written.
        check(unsafe {
            abi::napi_get_value_string_utf8(self.env, value, null_mut(), 0, &mut length)
        })?;
        let mut bytes = vec![0u8; length + 1];
        // SAFETY: the buffer has the capacity that is named; Node writes that much at most, a zero at the end.
        check(unsafe {
            abi::napi_get_value_string_utf8(
                self.env,
                value,
                bytes.as_mut_ptr().cast(),
                bytes.len(),
                &mut length,
            )
        })?;
        bytes.truncate(length);
        String::from_utf8(bytes).map_err(|_| invalid())
    }

    pub fn number(&self, index: usize) -> Result<f64, Failure> {
        let value = self.argument(index)?;
        let mut number = 0.0;
        // SAFETY: env and value are of this call; a value that is no number is refused by Node.
        check(unsafe { abi::napi_get_value_double(self.env, value, &mut number) })?;
        Ok(number)
    }

    /// A whole number from 0 to `u32::MAX`.
    pub fn count(&self, index: usize) -> Result<u32, Failure> {
        let number = self.number(index)?;
        let is_count = number >= 0.0 && number <= f64::from(u32::MAX) && number.fract() == 0.0;
        if is_count { Ok(number as u32) } else { Err(invalid()) }
    }

    /// A copy of a `Uint8Array`: JavaScript may change or free its own while a thread works.
    pub fn bytes(&self, index: usize) -> Result<Vec<u8>, Failure> {
        let value = self.argument(index)?;
        let mut is_array = false;
        // SAFETY: env and value are of this call.
        check(unsafe { abi::napi_is_typedarray(self.env, value, &mut is_array) })?;
        if !is_array {
            return Err(invalid());
        }
        let (mut kind, mut length, mut data) = (0, 0, null_mut::<c_void>());
        // SAFETY: the value is a typed array; what is not asked for may be null.
        check(unsafe {
            abi::napi_get_typedarray_info(
                self.env,
                value,
                &mut kind,
                &mut length,
                &mut data,
                null_mut(),
                null_mut(),
            )
        })?;
        if kind != abi::UINT8_ARRAY {
            return Err(invalid());
        }
        if length == 0 || data.is_null() {
            return Ok(Vec::new());
        }
        // SAFETY: Node says that `length` bytes lie there, and no JavaScript runs until this call returns.
        Ok(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) }.to_vec())
    }

    pub fn value(&self, answer: Answer) -> Result<Value, Failure> {
        let mut value = null_mut();
        // SAFETY: env is of this call; pointers and lengths are those of slices that outlive the calls, which copy.
        check(unsafe {
            match answer {
                Answer::Undefined => abi::napi_get_undefined(self.env, &mut value),
                Answer::Boolean(it) => abi::napi_get_boolean(self.env, it, &mut value),
                Answer::Number(it) => abi::napi_create_double(self.env, it, &mut value),
                Answer::Text(it) => {
                    abi::napi_create_string_utf8(self.env, it.as_ptr().cast(), it.len(), &mut value)
                }
                Answer::Bytes(it) => abi::napi_create_buffer_copy(
                    self.env,
                    it.len(),
                    it.as_ptr().cast(),
                    null_mut(),
                    &mut value,
                ),
                Answer::Record(fields) => return self.record(&fields),
            }
        })?;
        Ok(value)
    }

    pub fn error(&self, failure: &Failure) -> Result<Value, Failure> {
        let code = self.value(Answer::Text(failure.code.to_owned()))?;
        let message = self.value(Answer::Text(failure.message.clone()))?;
        let mut error = null_mut();
        // SAFETY: env is of this call, code and message are strings made in it.
        check(unsafe { abi::napi_create_error(self.env, code, message, &mut error) })?;
        Ok(error)
    }

    /// Adds a function to `exports`.
    pub fn export(&self, exports: Value, name: &CStr, callback: Callback) -> Result<(), Failure> {
        let mut function = null_mut();
        // SAFETY: env and exports are of this call; the name ends with a zero and Node copies it.
        check(unsafe {
            abi::napi_create_function(
                self.env,
                name.as_ptr(),
                abi::AUTO_LENGTH,
                callback,
                null_mut(),
                &mut function,
            )
        })?;
        self.set(exports, name, function)
    }

    fn record(&self, fields: &[(&'static CStr, f64)]) -> Result<Value, Failure> {
        let mut object = null_mut();
        // SAFETY: env is of this call.
        check(unsafe { abi::napi_create_object(self.env, &mut object) })?;
        for (name, number) in fields {
            self.set(object, name, self.value(Answer::Number(*number))?)?;
        }
        Ok(object)
    }

    fn set(&self, object: Value, name: &CStr, value: Value) -> Result<(), Failure> {
        // SAFETY: env, object and value are of this call; the name ends with a zero and Node copies it.
        check(unsafe { abi::napi_set_named_property(self.env, object, name.as_ptr(), value) })
    }

    fn argument(&self, index: usize) -> Result<Value, Failure> {
        if index < self.count { Ok(self.arguments[index]) } else { Err(invalid()) }
    }
}

/// Runs a function of the addon: what it refuses is thrown in JavaScript, and so is a panic, which must not reach Node.
///
/// # Safety
/// `env` and `info` must be what Node passed to the callback that runs now.
pub unsafe fn answer(
    env: Env,
    info: CallbackInfo,
    work: impl FnOnce(&Scope) -> Result<Value, Failure>,
) -> Value {
    let mut scope = Scope { env, arguments: [null_mut(); MAX_ARGUMENTS], count: MAX_ARGUMENTS };
    // SAFETY: env and info are of this call, and the array has as many places as `count` says.
    let status = unsafe {
        abi::napi_get_cb_info(
            env,
            info,
            &mut scope.count,
            scope.arguments.as_mut_ptr(),
            null_mut(),
            null_mut(),
        )
    };
    scope.count = scope.count.min(MAX_ARGUMENTS);
    let outcome = check(status).and_then(|()| {
        catch_unwind(AssertUnwindSafe(|| work(&scope))).unwrap_or_else(|_| Err(panics::failure()))
    });
    outcome.unwrap_or_else(|failure| {
        if let Ok(error) = scope.error(&failure) {
            // SAFETY: env and error are of this call. Where Node cannot throw either, an exception is pending already.
            unsafe { abi::napi_throw(env, error) };
        }
        null_mut()
    })
}

/// # Errors
/// `CALL_INVALID` where Node refused.
pub fn check(status: Status) -> Result<(), Failure> {
    if status == OK { Ok(()) } else { Err(invalid()) }
}

fn invalid() -> Failure {
    Failure::new("CALL_INVALID", "an argument of the call has another type")
}
