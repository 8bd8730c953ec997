//! Taking the ports.

use std::io;
use std::net::SocketAddr;

use gateway::Listener;
use tokio::net::TcpListener;

use crate::config::{Access, Listen, NamedListen, Settings};
use crate::refusal::Refusal;

/// Listens where the settings say, unless the development key would be open to other machines. The first one
/// is that without a name.
///
/// # Errors
/// A refusal that says what is wrong with which address.
pub(crate) async fn bind(settings: &Settings) -> Result<Vec<Listener>, Refusal> {
    let Settings { listen, listeners, access, .. } = settings;
    let mut bound = vec![Listener { socket: take(listen, *access).await?, name: None }];
    for NamedListen { name, listen } in listeners {
        let socket = take(listen, *access).await?;
        bound.push(Listener { socket, name: Some(name.as_str().into()) });
    }
    Ok(bound)
}

async fn take(listen: &Listen, access: Access) -> Result<TcpListener, Refusal> {
    let addresses = resolve(listen).await?;
    let is_open = addresses.iter().any(|address| !address.ip().is_loopback());
    if is_open && access == Access::DevLocal {
        return Err(Refusal::usage(format!(
            "--dev does not listen on {listen}, which other machines can reach: its key is known to everybody"
        ))
        .hint("listen on 127.0.0.1, leave --dev out, or add --dev-allow-remote"));
    }
    TcpListener::bind(&*addresses).await.map_err(|error| explain(listen, error))
}

async fn resolve(listen: &Listen) -> Result<Vec<SocketAddr>, Refusal> {
    let refuse = || Refusal::failed(format!("no address is known for `{}`", listen.host));
    let addresses = tokio::net::lookup_host((listen.host.as_str(), listen.port))
        .await
        .map_err(|error| refuse().because(error))?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    if addresses.is_empty() {
        return Err(refuse());
    }
    Ok(addresses)
}

fn explain(listen: &Listen, error: io::Error) -> Refusal {
    let refusal = Refusal::failed(format!("cannot listen on {listen}"));
    let refusal = match error.kind() {
        io::ErrorKind::AddrInUse => refusal.hint(format!(
            "another program has the port: stop it, or pick a free one with --listen {}",
            Listen { host: listen.host.clone(), port: 0 }
        )),
        io::ErrorKind::AddrNotAvailable => refusal
            .hint("this machine does not have that address; 0.0.0.0 and [::] mean all it has"),
        io::ErrorKind::PermissionDenied => {
            refusal.hint("ports below 1024 need a privilege; 4566 does not")
        }
        _ => refusal,
    };
    refusal.because(error)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{File, ServeFlags};

    fn settings(listen: &str, remote: bool) -> Settings {
        let flags = ServeFlags {
            listen: Some(listen.to_owned()),
            dev: true,
            dev_allow_remote: remote,
            ..ServeFlags::default()
        };
        let file = File::parse("", Path::new("x")).unwrap();
        Settings::resolve(flags, file, None).unwrap()
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(future)
    }

    #[test]
    fn the_development_key_stays_at_home() {
        block_on(async {
            assert!(bind(&settings("127.0.0.1:0", false)).await.is_ok());
            assert!(bind(&settings("localhost:0", false)).await.is_ok());
            assert!(bind(&settings("0.0.0.0:0", false)).await.is_err());
            assert!(bind(&settings("0.0.0.0:0", true)).await.is_ok());
        });
    }

    #[test]
    fn further_addresses_are_taken_by_name() {
        block_on(async {
            let mut settings = settings("127.0.0.1:0", false);
            let named = |name: &str, listen: &str| NamedListen {
                name: name.to_owned(),
                listen: listen.parse().unwrap(),
            };
            settings.listeners = vec![named("vpce-a", "127.0.0.1:0"), named("b", "[::1]:0")];
            let bound = bind(&settings).await.unwrap();
            let names: Vec<_> = bound.iter().map(|one| one.name.as_deref()).collect();
            assert_eq!(names, [None, Some("vpce-a"), Some("b")]);
            settings.listeners.push(named("open", "0.0.0.0:0"));
            assert!(bind(&settings).await.is_err());
        });
    }

    #[test]
    fn a_port_that_is_taken_is_named() {
        block_on(async {
            let bound = bind(&settings("127.0.0.1:0", false)).await.unwrap();
            let address = bound[0].socket.local_addr().unwrap().to_string();
            let refusal = bind(&settings(&address, false)).await.unwrap_err();
            assert_eq!(refusal.to_string(), format!("cannot listen on {address}"));
        });
    }
}
