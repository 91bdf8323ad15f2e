//! The functions of Node-API that the addon calls, as `js_native_api.h` and `node_api.h` declare them, up to version 4.

use std::ffi::{c_char, c_void};

/// `napi_env`, `napi_value` and the like are pointers to what only Node knows.
pub type Env = *mut c_void;
pub type Value = *mut c_void;
pub type CallbackInfo = *mut c_void;
pub type Deferred = *mut c_void;
pub type ThreadsafeFunction = *mut c_void;

/// `napi_status`; 0 is success.
pub type Status = i32;
pub const OK: Status = 0;

/// `napi_typedarray_type` of a `Uint8Array`.
pub const UINT8_ARRAY: i32 = 1;
/// `napi_tsfn_release`, and `napi_tsfn_nonblocking`.
pub const RELEASE: i32 = 0;
pub const NONBLOCKING: i32 = 0;
/// `NAPI_AUTO_LENGTH`.
pub const AUTO_LENGTH: usize = usize::MAX;

pub type Callback = unsafe extern "C" fn(env: Env, info: CallbackInfo) -> Value;
pub type CallJs =
    unsafe extern "C" fn(env: Env, callback: Value, context: *mut c_void, data: *mut c_void);
pub type Finalize = unsafe extern "C" fn(env: Env, data: *mut c_void, hint: *mut c_void);
pub type CleanupHook = unsafe extern "C" fn(argument: *mut c_void);

unsafe extern "C" {
    pub fn napi_get_cb_info(
        env: Env,
        info: CallbackInfo,
        count: *mut usize,
        arguments: *mut Value,
        this: *mut Value,
        data: *mut *mut c_void,
    ) -> Status;
    pub fn napi_create_function(
        env: Env,
        name: *const c_char,
        length: usize,
        callback: Callback,
        data: *mut c_void,
        result: *mut Value,
    ) -> Status;
    pub fn napi_set_named_property(
        env: Env,
        object: Value,
        name: *const c_char,
        value: Value,
    ) -> Status;
    pub fn napi_create_object(env: Env, result: *mut Value) -> Status;
    pub fn napi_create_double(env: Env, value: f64, result: *mut Value) -> Status;
    pub fn napi_get_boolean(env: Env, value: bool, result: *mut Value) -> Status;
    pub fn napi_get_undefined(env: Env, result: *mut Value) -> Status;
    pub fn napi_create_string_utf8(
        env: Env,
        text: *const c_char,
        length: usize,
        result: *mut Value,
    ) -> Status;
    pub fn napi_create_buffer_copy(
        env: Env,
        length: usize,
        data: *const c_void,
        copied: *mut *mut c_void,
        result: *mut Value,
    ) -> Status;
    pub fn napi_create_error(env: Env, code: Value, message: Value, result: *mut Value) -> Status;
    pub fn napi_throw(env: Env, error: Value) -> Status;
    pub fn napi_get_value_double(env: Env, value: Value, result: *mut f64) -> Status;
    pub fn napi_get_value_string_utf8(
        env: Env,
        value: Value,
        buffer: *mut c_char,
        capacity: usize,
        length: *mut usize,
    ) -> Status;
    pub fn napi_is_typedarray(env: Env, value: Value, result: *mut bool) -> Status;
    pub fn napi_get_typedarray_info(
        env: Env,
        array: Value,
        kind: *mut i32,
        length: *mut usize,
        data: *mut *mut c_void,
        buffer: *mut Value,
        offset: *mut usize,
    ) -> Status;
    pub fn napi_create_promise(env: Env, deferred: *mut Deferred, promise: *mut Value) -> Status;
    pub fn napi_resolve_deferred(env: Env, deferred: Deferred, value: Value) -> Status;
    pub fn napi_reject_deferred(env: Env, deferred: Deferred, error: Value) -> Status;
    pub fn napi_create_threadsafe_function(
        env: Env,
        function: Value,
        resource: Value,
        name: Value,
        queue_size: usize,
        threads: usize,
        finalize_data: *mut c_void,
        finalize: Option<Finalize>,
        context: *mut c_void,
        call_js: CallJs,
        result: *mut ThreadsafeFunction,
    ) -> Status;
    pub fn napi_add_env_cleanup_hook(env: Env, hook: CleanupHook, argument: *mut c_void) -> Status;
    pub fn napi_remove_env_cleanup_hook(
        env: Env,
        hook: CleanupHook,
        argument: *mut c_void,
    ) -> Status;
    pub fn napi_call_threadsafe_function(
        function: ThreadsafeFunction,
        data: *mut c_void,
        mode: i32,
    ) -> Status;
    pub fn napi_release_threadsafe_function(function: ThreadsafeFunction, mode: i32) -> Status;
}
