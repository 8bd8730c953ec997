//! A connection to an address that was checked.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::error::Error;
use crate::exchange::Egress;
use crate::resolve::Asker;
use crate::target::{Scheme, Target};

pub(crate) type Connection = SendRequest<Full<Bytes>>;

impl Egress {
    /// Looks the host up, and connects to the first of its addresses that may be connected to and answers.
    pub(crate) async fn connect(
        &self,
        asker: &Asker,
        target: &Target,
    ) -> Result<Connection, Error> {
        let addresses = self.addresses(asker, target).await?;
        let stream = connect_to_one(target, &addresses).await?;
        // A request is written at once and waits for its answer: nothing is gained by holding it back.
        stream.set_nodelay(true).map_err(|source| broken(target, source))?;
        match target.scheme {
            Scheme::Http => self.speak(target, stream).await,
            Scheme::Https => {
                let protected = self.tls.connect(&target.host, stream).await?;
                self.speak(target, protected).await
            }
        }
    }

    /// The addresses of the host that may be connected to. One that may not does not spoil the others: nothing is sent there.
    async fn addresses(&self, asker: &Asker, target: &Target) -> Result<Vec<SocketAddr>, Error> {
        let found = match target.address() {
            Some(address) => vec![address],
            None => {
                let failed = |source| Error::Lookup { host: target.host.clone(), source };
                self.lookups.lookup(asker, &target.host).await.map_err(failed)?
            }
        };
        let (mut open, mut closed) = (Vec::new(), None);
        for ip in found {
            let address = SocketAddr::new(ip, target.port);
            match self.options.networks.closed(address, is_here) {
                None => open.push(address),
                Some(why) => closed = Some(why),
            }
        }
        match closed {
            Some(why) if open.is_empty() => Err(Error::closed(&target.host, why)),
            _ => Ok(open),
        }
    }

    async fn speak(
        &self,
        target: &Target,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Connection, Error> {
        let limits = &self.options.limits;
        let mut builder = http1::Builder::new();
        builder.max_buf_size(limits.head_bytes).max_headers(limits.headers_max);
        let (sender, connection) =
            builder.handshake(TokioIo::new(stream)).await.map_err(|error| broken(target, error))?;
        let open = self.options.metrics.egress.connections_open.clone();
        self.options.tasks.spawn("outgoing connection", async move {
            open.inc();
            if let Err(error) = connection.await {
                tracing::debug!(%error, "outgoing connection ended");
            }
            open.dec();
        });
        Ok(sender)
    }
}

async fn connect_to_one(target: &Target, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(Error::Connect { host: target.to_string(), source: last })
}

/// Whether the address is one of this machine. The system says which address it would send from: to itself it sends
/// from the very address. A socket for datagrams tells without sending anything.
fn is_here(address: IpAddr) -> bool {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let source = || -> io::Result<IpAddr> {
        let socket = UdpSocket::bind((any, 0))?;
        socket.connect((address, 9))?;
        Ok(socket.local_addr()?.ip())
    };
    // Where there is no way to it, it is not here.
    source().is_ok_and(|source| source == address)
}

pub(crate) fn broken(
    target: &Target,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Broken { host: target.to_string(), source: source.into() }
}
