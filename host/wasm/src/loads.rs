//! From a component's name to something that can be instantiated: at hand, from the cache, or compiled anew.
//!
//! This work blocks and is heavy, so it has threads of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use stdx::{Clock, Tasks};
use tokio::runtime::Handle;
use tokio::sync::{OnceCell, oneshot};
use wasmtime::component::{Component, ComponentExportIndex, Func, InstancePre};
use wasmtime::{Engine, Store};

use crate::cache::Cache;
use crate::check::allowed;
use crate::compile::{Compiler, WALL, WALL_OF_OWN};
use crate::message::{Admitted, ComponentId, Rejection, World};
use crate::precompiled::{self, Fresh, Kept};
use crate::run::State;
use crate::unfit::{shortened, unfit};
use crate::{Components, host};

/// A component that is compiled and linked.
pub(crate) struct Prepared {
    pre: InstancePre<State>,
    world: World,
    exports: Exports,
    code_bytes: usize,
}

/// What is called.
struct Exports {
    handle: ComponentExportIndex,
    /// Of a consumer.
    on_timers: Option<ComponentExportIndex>,
    /// Of an interpreter: what it is given its code by.
    load: Option<ComponentExportIndex>,
}

/// What is called of an instance.
#[derive(Clone, Copy)]
pub(crate) struct Entries {
    /// With what the world is made for.
    pub(crate) handle: Func,
    /// With timers, if it is a consumer.
    pub(crate) on_timers: Option<Func>,
    /// With the code that it is to run, if it is an interpreter.
    pub(crate) load: Option<Func>,
}

impl Prepared {
    /// The engine that it runs on.
    pub(crate) fn engine(&self) -> &Engine {
        self.pre.engine()
    }

    /// What it is made for.
    pub(crate) fn world(&self) -> World {
        self.world
    }

    /// Makes an instance in `store`, and gives what is called of it.
    pub(crate) async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Entries> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        let handle = instance.get_func(&mut *store, self.exports.handle);
        let handle =
            handle.ok_or_else(|| wasmtime::Error::msg("the component has no handle function"))?;
        let on_timers = self.exports.on_timers.and_then(|it| instance.get_func(&mut *store, it));
        let load = self.exports.load.and_then(|it| instance.get_func(&mut *store, it));
        Ok(Entries { handle, on_timers, load })
    }
}

type Cell = Arc<OnceCell<Arc<Prepared>>>;

/// What loads components.
pub(crate) struct Loads {
    engine: Engine,
    cache: Cache,
    compiler: Compiler,
    components: Arc<dyn Components>,
    at_hand: Mutex<AtHand>,
    /// What could not be loaded, and until when nobody tries again.
    hopeless: Mutex<HashMap<ComponentId, (Rejection, Duration)>>,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    threads: Handle,
}

/// How long a component is left alone that could not be compiled: each try may take a minute of a compiler.
const HOPELESS: Duration = Duration::from_secs(300);

/// How many such components are remembered.
const HOPELESS_MAX: usize = 1024;

/// The components that were used last.
struct AtHand {
    cells: HashMap<ComponentId, (Cell, u64)>,
    uses: u64,
    count_max: usize,
    bytes_max: usize,
}

/// How much stays at hand.
pub(crate) struct Room {
    /// Components.
    pub(crate) count: usize,
    /// Bytes of their code.
    pub(crate) bytes: usize,
}

impl Loads {
    /// Nothing at hand yet. Heavy work is done on `threads`.
    pub(crate) fn new(
        engine: Engine,
        cache: Cache,
        compiler: Compiler,
        components: Arc<dyn Components>,
        room: Room,
        clock: Arc<dyn Clock>,
        (tasks, threads): (Tasks, Handle),
    ) -> Self {
        let at_hand =
            AtHand { cells: HashMap::new(), uses: 0, count_max: room.count, bytes_max: room.bytes };
        let at_hand = Mutex::new(at_hand);
        let hopeless = Mutex::default();
        Self { engine, cache, compiler, components, at_hand, hopeless, clock, tasks, threads }
    }

    /// Takes an upload: packs, checks, compiles and links it.
    pub(crate) async fn admit(self: &Arc<Self>, code: Bytes) -> Result<Admitted, Rejection> {
        let loads = Arc::clone(self);
        let admitted = self.apart("wasm-admit", async move { loads.admit_here(&code).await });
        admitted.await.unwrap_or_else(|| Err(lost()))
    }

    /// The component `id`, ready to run.
    pub(crate) async fn get(self: &Arc<Self>, id: ComponentId) -> Result<Arc<Prepared>, Rejection> {
        let cell = self.at_hand.lock().cell(id);
        if let Some(prepared) = cell.get() {
            return Ok(Arc::clone(prepared));
        }
        // Those who ask at the same time wait for the first one.
        let prepared = cell.get_or_try_init(|| async {
            let loads = Arc::clone(self);
            let loaded = self.apart("wasm-load", async move { loads.load_here(id).await });
            loaded.await.unwrap_or_else(|| Err(lost()))
        });
        let prepared = Arc::clone(prepared.await?);
        self.at_hand.lock().shrink();
        Ok(prepared)
    }

    /// Sees to it that the component `id` can be loaded quickly, without loading it.
    pub(crate) async fn ready(self: &Arc<Self>, id: ComponentId) -> Result<(), Rejection> {
        if self.at_hand.lock().has(id) || self.cache.has(id) {
            return Ok(());
        }
        let loads = Arc::clone(self);
        let compiled =
            self.apart("wasm-ready", async move { loads.compile_anew(id, WALL_OF_OWN).await });
        compiled.await.unwrap_or_else(|| Err(lost())).map(|_prepared| ())
    }

    /// How many components are at hand, and how many children have compiled.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.at_hand.lock().cells.len(), self.compiler.compiled())
    }

    /// Runs `work` on the threads for it, to its end even if the caller goes away.
    async fn apart<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        {
            let _entered = self.threads.enter();
            self.tasks.spawn(name, async move {
                // Whoever asked may have gone.
                let _ = sender.send(work.await);
            });
        }
        receiver.await.ok()
    }

    async fn admit_here(&self, code: &Bytes) -> Result<Admitted, Rejection> {
        if code.len() > crate::CODE_BYTES_MAX {
            let most = crate::CODE_BYTES_MAX;
            let text = format!("the code has {} bytes; at most {most} are taken", code.len());
            return Err(unfit(&text));
        }
        // What was compiled before passed all checks before.
        let id = ComponentId(*blake3::hash(code).as_bytes());
        let known = self.cache.get(id).and_then(|code| self.prepare_kept(&code).ok());
        let (component, id, prepared) = match known {
            Some(prepared) => (code.clone(), id, prepared),
            None => {
                let output = self.compiler.compile(code, WALL).await?;
                let id = ComponentId(*blake3::hash(&output.component).as_bytes());
                let prepared = self.prepare(&output.code)?;
                self.keep(id, &output.code);
                (output.component, id, prepared)
            }
        };
        let world = prepared.world();
        let cell = self.at_hand.lock().cell(id);
        // It may be at hand already.
        let _ = cell.set(Arc::new(prepared));
        self.at_hand.lock().shrink();
        Ok(Admitted { component, id, world })
    }

    async fn load_here(&self, id: ComponentId) -> Result<Arc<Prepared>, Rejection> {
        if let Some(code) = self.cache.get(id) {
            match self.prepare_kept(&code) {
                Ok(prepared) => return Ok(Arc::new(prepared)),
                Err(rejection) => tracing::warn!(%rejection, "compiled code is of no use"),
            }
        }
        let known = self.hopeless.lock().get(&id).cloned();
        if let Some((rejection, until)) = known
            && until > self.clock.monotonic()
        {
            return Err(rejection);
        }
        let compiled = self.compile_anew(id, WALL).await;
        if let Err(rejection @ (Rejection::Unfit(_) | Rejection::TooComplex(_))) = &compiled {
            let mut hopeless = self.hopeless.lock();
            if hopeless.len() >= HOPELESS_MAX {
                hopeless.clear();
            }
            hopeless.insert(id, (rejection.clone(), self.clock.monotonic() + HOPELESS));
        }
        compiled
    }

    async fn compile_anew(
        &self,
        id: ComponentId,
        wall: Duration,
    ) -> Result<Arc<Prepared>, Rejection> {
        let component = self.components.fetch(id).await.map_err(Rejection::Unavailable)?;
        if *blake3::hash(&component).as_bytes() != id.0 {
            let text = "the component in the store is not the one that was put there";
            return Err(Rejection::Unavailable(text.to_owned()));
        }
        let output = self.compiler.compile(&component, wall).await?;
        let prepared = self.prepare(&output.code)?;
        self.keep(id, &output.code);
        Ok(Arc::new(prepared))
    }

    /// Keeps code that was just made. What is at hand is used without its file, which is not to go for that.
    fn keep(&self, id: ComponentId, code: &Fresh) {
        let at_hand = self.at_hand.lock().by_use();
        self.cache.touch(at_hand);
        self.cache.put(id, code);
    }

    /// Loads and links code that was just made.
    fn prepare(&self, code: &Fresh) -> Result<Prepared, Rejection> {
        prepared(precompiled::load(&self.engine, code), code.bytes().len())
    }

    /// Loads and links code from the cache.
    fn prepare_kept(&self, code: &Kept) -> Result<Prepared, Rejection> {
        prepared(precompiled::load_kept(&self.engine, code), code.bytes())
    }
}

/// Links what was loaded. What does not fit the world in its types ends here.
fn prepared(loaded: wasmtime::Result<Component>, code_bytes: usize) -> Result<Prepared, Rejection> {
    let does_not_fit = |error: wasmtime::Error| {
        let error = format!("{error:#}");
        unfit(&format!("the component does not fit this host: {}", shortened(&error)))
    };
    let component = loaded.map_err(does_not_fit)?;
    let linker = host::link(&component).map_err(does_not_fit)?;
    let pre = linker.instantiate_pre(&component).map_err(does_not_fit)?;
    let (world, exports) =
        exports_of(&component).ok_or_else(|| unfit("the component has no handle"))?;
    Ok(Prepared { pre, world, exports, code_bytes })
}

/// What is called, and for which world; it was checked that there is one only.
fn exports_of(component: &Component) -> Option<(World, Exports)> {
    World::ALL.into_iter().find_map(|world| {
        let interface = component.get_export_index(None, allowed::export(world))?;
        let handle = component.get_export_index(Some(&interface), "handle")?;
        let on_timers = component.get_export_index(Some(&interface), "on-timers");
        let source = component.get_export_index(None, allowed::SOURCE);
        let load = source.and_then(|source| component.get_export_index(Some(&source), "load"));
        Some((world, Exports { handle, on_timers, load }))
    })
}

fn lost() -> Rejection {
    Rejection::Unavailable("the component could not be loaded; try again later".to_owned())
}

impl AtHand {
    fn cell(&mut self, id: ComponentId) -> Cell {
        self.uses += 1;
        let (cell, used) = self.cells.entry(id).or_default();
        *used = self.uses;
        Arc::clone(cell)
    }

    fn has(&self, id: ComponentId) -> bool {
        self.cells.get(&id).is_some_and(|(cell, _)| cell.initialized())
    }

    /// What there is, the one that was asked for last at the end.
    fn by_use(&self) -> Vec<ComponentId> {
        let mut ids: Vec<(u64, ComponentId)> =
            self.cells.iter().map(|(id, (_, used))| (*used, *id)).collect();
        ids.sort_unstable_by_key(|(used, _)| *used);
        ids.into_iter().map(|(_, id)| id).collect()
    }

    /// Lets go of what was not used for longest. Instances keep what they run.
    fn shrink(&mut self) {
        let bytes = |cell: &Cell| cell.get().map_or(0, |prepared| prepared.code_bytes);
        let mut total: usize = self.cells.values().map(|(cell, _)| bytes(cell)).sum();
        while self.cells.len() > self.count_max || total > self.bytes_max {
            // The one that was asked for last stays, however large it is.
            let newest = self.uses;
            let old = self.cells.iter().filter(|(_, (_, used))| *used < newest);
            let oldest = old.min_by_key(|(_, (_, used))| *used).map(|(id, _)| *id);
            let Some((cell, _)) = oldest.and_then(|id| self.cells.remove(&id)) else { return };
            total -= bytes(&cell);
        }
    }
}
