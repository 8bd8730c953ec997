//! `wasi:io`: streams to the log and from nothing; nothing that can be waited for takes the host's time.
//!
//! A handle carries all that there is to know of a stream or a timer, so the host keeps nothing for one.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, LinkerInstance, Lower, Resource, ResourceType, WasmList};

use super::stdio;
use crate::run::{State, Stop};

/// Standard input, at its end.
pub(super) struct InputStream;

/// Standard output or standard error.
pub(super) struct OutputStream;

/// Something that has happened, or a timer: its handle says when it is over.
pub(super) struct Pollable;

/// What a stream says that it takes at once.
const WRITE_BYTES: u64 = 64 * 1024;

/// Things that are waited for at once.
const POLL_MAX: usize = 1024;

impl OutputStream {
    pub(super) const STDOUT: u32 = 1;
    pub(super) const STDERR: u32 = 2;
}

pub(super) fn link_error(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.resource("error", ResourceType::host::<IoError>(), |_, _| Ok(()))
}

pub(super) fn link_poll(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.resource("pollable", ResourceType::host::<Pollable>(), |_, _| Ok(()))?;
    let ready = |store: StoreContextMut<'_, State>, (pollable,): (Resource<Pollable>,)| {
        Ok((store.data().is_over(pollable.rep()),))
    };
    interface.func_wrap("[method]pollable.ready", ready)?;
    let block = |mut store: StoreContextMut<'_, State>, (pollable,): (Resource<Pollable>,)| {
        Ok(store.data_mut().wait_for(&[pollable.rep()])?)
    };
    interface.func_wrap("[method]pollable.block", block)?;
    interface.func_wrap("poll", poll)
}

/// Waits for the first of them, and gives the places of those that are over.
fn poll(
    mut store: StoreContextMut<'_, State>,
    (pollables,): (Vec<Resource<Pollable>>,),
) -> wasmtime::Result<(Vec<u32>,)> {
    if pollables.is_empty() || pollables.len() > POLL_MAX {
        return Err(Stop::Wait.into());
    }
    let timers: Vec<u32> = pollables.iter().map(Resource::rep).collect();
    let state = store.data_mut();
    state.wait_for(&timers)?;
    let over = (0..).zip(&timers).filter(|(_, timer)| state.is_over(**timer));
    Ok((over.map(|(at, _)| at).collect(),))
}

pub(super) fn link_streams(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    link_input(interface)?;
    link_output(interface)
}

type Closed<T> = wasmtime::Result<(Result<T, StreamError>,)>;

fn link_input(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.resource("input-stream", ResourceType::host::<InputStream>(), |_, _| Ok(()))?;
    for name in ["read", "blocking-read"] {
        let closed = |_store: StoreContextMut<'_, State>,
                      (_stream, _bytes): (Resource<InputStream>, u64)|
         -> Closed<Vec<u8>> { Ok((Err(StreamError::Closed),)) };
        interface.func_wrap(&format!("[method]input-stream.{name}"), closed)?;
    }
    for name in ["skip", "blocking-skip"] {
        let closed = |_store: StoreContextMut<'_, State>,
                      (_stream, _bytes): (Resource<InputStream>, u64)|
         -> Closed<u64> { Ok((Err(StreamError::Closed),)) };
        interface.func_wrap(&format!("[method]input-stream.{name}"), closed)?;
    }
    interface.func_wrap("[method]input-stream.subscribe", |_, (_,): (Resource<InputStream>,)| {
        Ok((Resource::<Pollable>::new_own(0),))
    })
}

fn link_output(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.resource("output-stream", ResourceType::host::<OutputStream>(), |_, _| Ok(()))?;
    let room = |_store: StoreContextMut<'_, State>,
                (_stream,): (Resource<OutputStream>,)|
     -> Closed<u64> { Ok((Ok(WRITE_BYTES),)) };
    interface.func_wrap("[method]output-stream.check-write", room)?;
    for name in ["write", "blocking-write-and-flush"] {
        interface.func_wrap(&format!("[method]output-stream.{name}"), write)?;
    }
    for name in ["flush", "blocking-flush"] {
        let flushed = |_store: StoreContextMut<'_, State>,
                       (_stream,): (Resource<OutputStream>,)|
         -> Closed<()> { Ok((Ok(()),)) };
        interface.func_wrap(&format!("[method]output-stream.{name}"), flushed)?;
    }
    interface.func_wrap("[method]output-stream.subscribe", |_, (_,): (Resource<OutputStream>,)| {
        Ok((Resource::<Pollable>::new_own(0),))
    })
}

fn write(
    store: StoreContextMut<'_, State>,
    (stream, bytes): (Resource<OutputStream>, WasmList<u8>),
) -> Closed<()> {
    stdio::write(store, stream.rep() == OutputStream::STDERR, &bytes);
    Ok((Ok(()),))
}

/// Why a stream failed; none ever does.
struct IoError;

/// `streams.stream-error`.
#[derive(ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[expect(dead_code, reason = "the interface has it")]
    Failed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}
